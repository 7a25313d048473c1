import type { Act, Text } from '#libs/contracts';

/** What a party can answer; which of them are possible depends on the strength of its act. */
export const answers = ['agree', 'refuse', 'register', 'acknowledge'] as const;
export type Answer = (typeof answers)[number];

/**
 * Answers of the five strengths (R5-02). Who registers has no say, and who is informed only takes note: neither can
 * refuse.
 */
export const answersTo: Readonly<Record<Act, readonly Answer[]>> = {
  confirm: ['agree', 'refuse'],
  review: ['agree', 'refuse'],
  approve: ['agree', 'refuse'],
  register: ['register'],
  fileForInformation: ['acknowledge'],
};

const words: Readonly<Record<Act, Partial<Record<Answer, Text>>>> = {
  confirm: { agree: { zh: '确认', en: 'confirms' }, refuse: { zh: '不予确认', en: 'does not confirm' } },
  review: { agree: { zh: '审核属实', en: 'has verified' }, refuse: { zh: '审核不属实', en: 'finds untrue' } },
  approve: { agree: { zh: '批准', en: 'approves' }, refuse: { zh: '不予批准', en: 'does not approve' } },
  register: { register: { zh: '登记', en: 'registers' } },
  fileForInformation: { acknowledge: { zh: '知悉备案', en: 'takes note' } },
};

/** How the answer reads on a button or in a timeline; undefined when this act has no such answer. */
export const wordOf = (act: Act, answer: Answer): Text | undefined => words[act][answer];

export const isPossible = (act: Act, answer: Answer): boolean => answersTo[act].includes(answer);
