import { Citation, ProblemDocument, ProblemItem, Text } from './problem';

export interface Refusal {
  /** Stable slug; `type` of the problem document is `urn:xueji:problem:<slug>`. */
  slug: string;
  status: number;
  title: Text;
  detail: Text;
  /** What to do now. */
  remedy: Text;
  citation?: Citation;
  /** `retryAfterSeconds`, when given, is also told as `Retry-After`. */
  facts?: Record<string, unknown>;
  items?: ProblemItem[];
}

/** A refusal on its way to the caller. Thrown at the edge of a use case; rules return findings instead. */
export class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(`${refusal.slug}: ${refusal.detail.en}`);
    this.name = 'Refused';
  }
}

export const refuse = (slug: string, parts: Omit<Refusal, 'slug'>): Refused => new Refused({ slug, ...parts });

/** The one answer for "does not exist" and "not yours", so that neither can be told from the other. */
export const notFound = (): Refused =>
  refuse('not-found', {
    status: 404,
    title: { zh: '未找到', en: 'Not found' },
    detail: {
      zh: '没有这样的记录，或者您的岗位无权查看。',
      en: 'There is no such thing, or none that your post may see.',
    },
    remedy: {
      zh: '请核对编号；如应有权限，请联系上级学籍主管部门。',
      en: 'Check the id; if you should have access, ask the office above.',
    },
  });

/** The thing changed since the caller read it. */
export const staleVersion = (expected: number | undefined, actual: number): Refused =>
  refuse('stale-version', {
    status: 412,
    title: { zh: '内容已被他人修改', en: 'Changed meanwhile' },
    detail: {
      zh: `您看到的是第 ${expected ?? '?'} 版，现在是第 ${actual} 版。`,
      en: `You saw version ${expected ?? '?'}, it is now version ${actual}.`,
    },
    remedy: { zh: '请重新读取后再提交。', en: 'Read it again, then repeat your change.' },
    facts: { expected, actual },
  });

export const wrongState = (detail: Text, remedy: Text, facts?: Record<string, unknown>): Refused =>
  refuse('wrong-state', {
    status: 409,
    title: { zh: '当前状态不允许此操作', en: 'Not possible in this state' },
    detail,
    remedy,
    facts,
  });

export const invalidInput = (items: ProblemItem[]): Refused =>
  refuse('invalid-input', {
    status: 400,
    title: { zh: '填写有误', en: 'Invalid input' },
    detail: { zh: `有 ${items.length} 处填写有误。`, en: `${items.length} field(s) are wrong.` },
    remedy: { zh: '请按各项提示修改后重新提交。', en: 'Correct the fields listed and send again.' },
    items,
  });

export const problemOf = (refusal: Refusal, instance?: string): ProblemDocument => ({
  type: `urn:xueji:problem:${refusal.slug}`,
  status: refusal.status,
  title: refusal.title.zh,
  detail: refusal.detail.zh,
  remedy: refusal.remedy.zh,
  en: { title: refusal.title.en, detail: refusal.detail.en, remedy: refusal.remedy.en },
  ...(refusal.citation && { citation: refusal.citation }),
  ...(refusal.facts && { facts: refusal.facts }),
  ...(refusal.items?.length && { items: refusal.items }),
  ...(instance && { instance }),
});
