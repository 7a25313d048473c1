import { ProblemItem, Text } from '#libs/contracts';

/** Something wrong, or odd, about one value. The caller knows the field and the row. */
export type ValueProblem = Pick<ProblemItem, 'code' | 'message' | 'remedy' | 'facts'>;

/** A value after its check: `value` is the normalised form, present exactly when nothing is wrong. */
export interface Checked<T = string> {
  value?: T;
  problems: ValueProblem[];
  warnings: ValueProblem[];
}

export const problem = (code: string, message: Text, remedy?: Text, facts?: Record<string, unknown>): ValueProblem => ({
  code,
  message,
  ...(remedy && { remedy }),
  ...(facts && { facts }),
});

/** Full-width digits (０–９) look right on paper and are other characters. */
export const hasFullWidthDigits = (text: string): boolean => /[\uFF10-\uFF19]/.test(text);

/** Full-width letters and digits and the ideographic space in their usual form; nothing else changes. */
export const halfWidth = (text: string): string =>
  text
    .replace(/[\uFF10-\uFF19\uFF21-\uFF3A\uFF41-\uFF5A]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/\u3000/g, ' ');
