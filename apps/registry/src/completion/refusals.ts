import { ProblemItem } from '#libs/contracts';
import { refuse, Refused } from '#libs/service-kit';

/** Largest number of items in one answer; what lies beyond is counted. */
const shown = 500;

/** Everything that must be done first, of every child, at once. */
export const pendingBusiness = (items: ProblemItem[]): Refused => {
  const cited = items.find(({ citation }) => citation)?.citation;
  const children = new Set(items.map(({ field }) => field)).size;
  return refuse('pending-business', {
    status: 409,
    title: { zh: '有未办结的事项', en: 'Something is still open' },
    detail: {
      zh: `有${children}处共${items.length}项事项未办结或不符合规定，均未登记。`,
      en: `${items.length} matter(s) of ${children} child(ren) or class(es) stand against it; nothing was done.`,
    },
    remedy: { zh: '请按各项提示办结后再提交。', en: 'Settle what each item says, then send again.' },
    ...(cited && { citation: cited }),
    facts: { open: items.length },
    items: items.slice(0, shown),
  });
};
