import type { LetterRecipient } from '#libs/contracts';
import type { LocalDate } from '#libs/policy';

/** A letter in the dispatch register of a school (R5-07): a numbered, dated fact. It is printed and answered elsewhere. */
export interface Letter {
  /** Number: `<school>-<year>-<serial>`, without gap in a year. */
  _id: string;
  school: string;
  path: string;
  watch: string;
  student: string;
  /** `suspicion` starts the return procedure; `dropout` reports it; `withdrawal` takes another letter back. */
  about: 'suspicion' | 'dropout' | 'withdrawal';
  to: LetterRecipient;
  /** Other parts that the same office has: one letter is enough for them (NAT-DO1). */
  alsoTo?: LetterRecipient[];
  /** Office written to; absent for a body without one. */
  office?: string;
  /** Name on the envelope. */
  recipient: string;
  on: LocalDate;
  account: string;
  rules: string[];
  withdraws?: string;
  withdrawnBy?: string;
}

export type LetterDraft = Pick<Letter, 'to' | 'alsoTo' | 'office' | 'recipient' | 'rules'>;

/** Who gets a letter, with the office behind it. Two parts of one office are one letter. */
export const draftsFor = (
  parts: readonly { to: LetterRecipient; office?: string; recipient: string }[],
  rules: string[],
): LetterDraft[] => {
  const drafts: LetterDraft[] = [];
  for (const part of parts) {
    const same = part.office !== undefined && drafts.find(({ office }) => office === part.office);
    if (same) same.alsoTo = [...(same.alsoTo ?? []), part.to];
    else drafts.push({ ...part, rules });
  }
  return drafts;
};

/** What an event tells of a letter. */
export const letterInEvent = ({ _id, to, alsoTo, office, on }: Letter) => ({
  no: _id,
  to,
  ...(alsoTo && { alsoTo }),
  ...(office !== undefined && { office }),
  on,
});

/** The letter that takes another one back; it goes to the same body. */
export const withdrawalOf = (letter: Letter, no: string, on: LocalDate): Letter => {
  const { school, path, watch, student, to, alsoTo, office, recipient, rules } = letter;
  return {
    _id: no,
    school,
    path,
    watch,
    student,
    about: 'withdrawal',
    to,
    ...(alsoTo && { alsoTo }),
    ...(office !== undefined && { office }),
    recipient,
    on,
    account: 'system',
    rules,
    withdraws: letter._id,
  };
};
