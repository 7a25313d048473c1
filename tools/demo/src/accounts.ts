import { offices, schools } from '../../sample-province/src';

/** Names of the accounts that the demo gives out: one person per role and office. */
export const clerkOf = (school: string): string => `clerk-${school}`;
export const deputyOf = (school: string): string => `deputy-${school}`;
export const officerOf = (office: string): string => `officer-${office}`;

/** Authorities with a person in the demo: those that have a school, and all above them. */
export const officed = (): string[] => {
  const tree = new Map(offices().map((office) => [office.id, office]));
  const seen = new Set<string>();
  for (const { parent } of schools()) {
    for (let id: string | undefined = parent; id; id = tree.get(id)?.parent) seen.add(id);
  }
  return [...seen];
};

export const accounts = (): string[] => [
  'root',
  'operator',
  ...schools().flatMap(({ code }) => [clerkOf(code), deputyOf(code)]),
  ...officed().map((id) => officerOf(id)),
];

/** Each account gets one post and no other. */
export const posts = (): { account: string; role: string; office: string }[] => [
  ...schools().flatMap(({ code }) => [
    { account: clerkOf(code), role: 'clerk', office: code },
    { account: deputyOf(code), role: 'deputyHead', office: code },
  ]),
  ...officed().map((id) => ({ account: officerOf(id), role: 'officer', office: id })),
];
