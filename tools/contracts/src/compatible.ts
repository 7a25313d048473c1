import { Schema } from './schema';

/**
 * What keeps two versions of an event apart, in both directions: data of the former must satisfy the later version
 * (journals are read for ever), and data of the later the former (who hears may be upgraded last). Readers ignore what
 * they do not know, so a new optional attribute is the one change of shape that is free.
 * @returns one line per fault; empty: compatible
 */
export const incompatibilities = (former: Schema, later: Schema, path = ''): string[] => {
  const at = path || 'data';
  if (former.type !== later.type) return [`${at}: ${former.type} became ${later.type}`];
  return [
    ...shapes(former, later, path),
    ...(former.items && later.items ? incompatibilities(former.items, later.items, `${path}[]`) : []),
    ...values(former, later, at),
  ];
};

const shapes = (former: Schema, later: Schema, path: string): string[] => {
  const faults: string[] = [];
  const [before, after] = [former.properties ?? {}, later.properties ?? {}];
  const [needed, needs] = [new Set(former.required), new Set(later.required)];
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const at = `${path}.${name}`;
    if (!before[name] && needs.has(name)) faults.push(`${at}: new and required; older data lack it`);
    else if (!after[name] && needed.has(name)) faults.push(`${at}: required before and gone; older readers miss it`);
    else if (before[name] && after[name]) {
      if (needs.has(name) && !needed.has(name))
        faults.push(`${at}: optional before and required now; older data lack it`);
      if (needed.has(name) && !needs.has(name))
        faults.push(`${at}: required before and optional now; older readers miss it`);
      faults.push(...incompatibilities(before[name], after[name], at));
    }
  }
  return faults;
};

/** Every limit on values: narrower refuses what was said before, wider says what older readers refuse. */
const values = (former: Schema, later: Schema, at: string): string[] => {
  const faults: string[] = [];
  for (const word of ['format', 'minLength', 'maxLength', 'minimum', 'maximum'] as const)
    if (former[word] !== later[word]) faults.push(`${at}: ${word} ${former[word]} became ${later[word]}`);
  const [before, after] = [former.enum, later.enum];
  if (!before !== !after)
    faults.push(`${at}: ${before ? 'closed set of values opened' : 'values became a closed set'}`);
  for (const value of before ?? [])
    if (after && !after.includes(value)) faults.push(`${at}: value ${value} is gone; older data hold it`);
  for (const value of after ?? [])
    if (before && !before.includes(value)) faults.push(`${at}: value ${value} is new; older readers refuse it`);
  return faults;
};
