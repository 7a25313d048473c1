import { NoRecordAuthority, NotHeardOf, Office, OfficeTree } from '#libs/places';
import { type LocalDate, NoneInForce, type Pack, type Policy } from '#libs/policy';
import { refuse, type Refused } from '#libs/service-kit';
import { Movement, NoAuthority, NoRoute, planReview, ReviewPlan } from './review-plan';

/** The plan of a movement, or the refusal that says what it lacks. @throws Refused */
export const planOrRefuse = (
  schools: { in: Office; out: Office },
  movement: Movement,
  on: LocalDate,
  policy: Policy,
  tree: OfficeTree,
): ReviewPlan => {
  try {
    return planReview(schools, movement, on, policy, tree);
  } catch (fault) {
    if (fault instanceof NotHeardOf) throw notHeardOf();
    if (fault instanceof NoneInForce) throw noneInForce(fault);
    if (fault instanceof NoRecordAuthority) throw noRecordAuthority(fault);
    if (fault instanceof NoRoute) throw noRoute(fault.pack);
    if (fault instanceof NoAuthority) throw noAuthority(fault.pack);
    throw fault;
  }
};

export const notHeardOf = (): Refused =>
  refuse('not-heard-of-yet', {
    status: 409,
    title: { zh: '资料尚未同步', en: 'Not heard of yet' },
    detail: {
      zh: '相关学校或主管部门的资料还没有从学籍登记服务同步过来。',
      en: 'A school or authority of this case has not been heard of from the registry yet.',
    },
    remedy: { zh: '请稍后用同一个幂等键重试。', en: 'Repeat a little later with the same idempotency key.' },
  });

const noneInForce = ({ line, on }: NoneInForce): Refused =>
  refuse('no-pack-in-force', {
    status: 422,
    title: { zh: '当日没有生效的规则', en: 'No rules in force on that day' },
    detail: {
      zh: `规则线“${line}”在${on}没有生效的文本。`,
      en: `The line "${line}" has no text in force on ${on}.`,
    },
    remedy: { zh: '请联系主管部门设置规则线。', en: 'Ask the authority to set a line for the place.' },
    facts: { line, on },
  });

const noRecordAuthority = ({ pack, parameter }: NoRecordAuthority): Refused =>
  refuse('not-configured', {
    status: 422,
    title: { zh: '规则未配置', en: 'Not configured' },
    detail: {
      zh: `“${pack.title.zh}”没有规定由哪一级管理学籍（${parameter}）。`,
      en: `"${pack.title.en}" does not say which level is in charge (${parameter}).`,
    },
    remedy: {
      zh: '请由有权机关在本地规则包中配置后再办理。',
      en: 'Have the office in charge set it in a pack of its own, then try again.',
    },
    facts: { parameter, pack: pack.id },
  });

const noRoute = (pack: Pack): Refused =>
  refuse('no-route', {
    status: 422,
    title: { zh: '没有规定转学的办理流程', en: 'No route is given' },
    detail: {
      zh: `“${pack.title.zh}”没有规定由谁审核转学。`,
      en: `"${pack.title.en}" does not say who reviews a transfer.`,
    },
    remedy: { zh: '由有权机关在规则包中设定。', en: 'The authority in charge sets it in its pack.' },
    facts: { pack: pack.id },
  });

const noAuthority = (pack: Pack): Refused =>
  refuse('no-authority-in-route', {
    status: 422,
    title: { zh: '流程中没有主管部门的审核', en: 'No authority reviews' },
    detail: {
      zh: `“${pack.title.zh}”的转学流程没有教育行政部门的审核环节。`,
      en: `The route of "${pack.title.en}" has no step of an authority.`,
    },
    remedy: { zh: '由有权机关更正规则包。', en: 'The authority in charge corrects its pack.' },
    citation: pack.rule('FJ-C6')?.citation,
    facts: { pack: pack.id },
  });
