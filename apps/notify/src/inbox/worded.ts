import type { Text } from '#libs/contracts';

/** Names of offices by id, for those who may read them. */
export type NameOf = (office: string) => string;

export interface Wording {
  title: Text;
  /** What to do, or what happened. */
  text: Text;
}
