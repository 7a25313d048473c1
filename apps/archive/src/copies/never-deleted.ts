import type { Policy } from '#libs/policy';
import { refuse, Refused } from '#libs/service-kit';
import type { Copy } from './copy';

/** There is no way to delete a copy; whoever tries is told by which article (NAT-AR2, GZ-AR1, CZ-AR4). */
export const neverDeleted = (copy: Pick<Copy, 'pack' | 'citations'>, policy: Policy): Refused => {
  const setting = copy.pack ? policy.pack(copy.pack).setting<boolean>('archive.neverDeleted') : undefined;
  const citation = setting?.configured ? setting.citation : copy.citations[0];
  return refuse('kept-for-ever', {
    status: 409,
    title: { zh: '永久保存，不予删除', en: 'Kept for ever' },
    detail: {
      zh: '学籍档案副本永久保存，任何人都不能删除或修改。',
      en: 'A copy of a record is kept for ever; nobody deletes or changes it.',
    },
    remedy: {
      zh: '如内容有误，请在学籍中更正；更正之后的副本另行封存。',
      en: 'What is wrong is corrected in the record; a copy of the corrected record is sealed beside this one.',
    },
    ...(citation && { citation }),
    facts: { articles: copy.citations.map(({ rule }) => rule) },
  });
};
