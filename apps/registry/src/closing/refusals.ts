import { Citation, ProblemItem } from '#libs/contracts';
import { refuse, Refused } from '#libs/service-kit';

/** Everything that stands against a closing, or its next step, at once. */
export const closingRefused = (items: ProblemItem[], citation?: Citation): Refused => {
  const cited = citation ?? items.find((one) => one.citation)?.citation;
  return refuse('closing-refused', {
    status: 409,
    title: { zh: '撤并不能办理', en: 'The closing cannot go on' },
    detail: {
      zh: `有${items.length}项未办结或不符合规定。`,
      en: `${items.length} matter(s) are open or stand against it.`,
    },
    remedy: { zh: '请按清单办结后再办理。', en: 'Settle what the list names, then try again.' },
    ...(cited && { citation: cited }),
    facts: { open: items.length },
    items: items.slice(0, 1000),
  });
};
