import { schools } from '../../sample-province/src';
import { clerkOf, deputyOf, officerOf } from './accounts';

/** Counties whose people are no party to what others do; the second one stands in for the first at its own steps. */
const bystanders = ['520624', '522701'];

const countyOf = (account: string): string | undefined => {
  const [, place] = /-(\d+)$/.exec(account) ?? [];
  return schools().find(({ code }) => code === place)?.parent ?? place;
};

/**
 * Who tries a step before the one who may do it: an officer of a county that is no party and, where a school acts, the
 * same role of a school of that county.
 */
export const strangersTo = (account: string, path: string): string[] => {
  const county = bystanders.find((one) => one !== countyOf(account));
  const school = schools().find(({ parent }) => parent === county)?.code;
  if (!county || !school) throw new Error('the sample has bystanders');
  // A number and a name are looked up by whichever school the family goes to: every clerk may ask.
  const sameRole = /^(clerk|deputy)-/.exec(account)?.[1];
  if (!sameRole || path.endsWith('/students/locate')) return [officerOf(county)];
  return [officerOf(county), sameRole === 'clerk' ? clerkOf(school) : deputyOf(school)];
};
