import type { Text } from '#libs/contracts';
import { isLocalDate, LocalDate } from './local-date';
import { clockStarts, ClockStart, parameterOf, Unit } from './parameters';

export const strengths = ['MUST', 'PRINCIPLE', 'MAY', 'DESC'] as const;
/** MUST refuses; PRINCIPLE (原则上) refuses but may be overridden; MAY permits; DESC describes. */
export type Strength = (typeof strengths)[number];

export interface RuleEntry {
  /** In the text's own numbering, e.g. `第16条 二2`. */
  article: string;
  strength: Strength;
  /** Key into the pack's `documents`, where the rule stands in another text than the pack's own. */
  document?: string;
}

export interface ValueEntry {
  value?: unknown;
  /** The text names the matter and leaves the number out: not configured, with its article. */
  blank?: true;
  unit?: Unit;
  /** Whether the number itself is within a limit, or reaches a threshold (D5-02). */
  inclusive?: boolean;
  startsAt?: ClockStart;
  rule: string;
  /** Why this value, where the text does not say it in so many words. */
  reading?: string;
}

/** A pack as it lies in its file: one version of a line, in force from `from` to `to`. */
export interface PackFile {
  id: string;
  line: string;
  title: Text;
  /** Title of the legal text. */
  document: string;
  documents?: Record<string, string>;
  /** Named a trial text by itself. */
  trial?: boolean;
  /** Made up, not law. Shown wherever the pack is. */
  invented?: string;
  from: LocalDate;
  /** Why `from` is what it is, where the text gives no date. */
  fromAssumed?: string;
  to?: LocalDate;
  extends?: string;
  /** Office (division or school code) in and under which alone the line applies. Absent: everywhere. */
  place?: string;
  rules: Record<string, RuleEntry>;
  values: Record<string, ValueEntry>;
}

const fileKeys = new Set([
  ...['id', 'line', 'title', 'document', 'documents', 'trial', 'invented', 'from', 'fromAssumed', 'to', 'extends'],
  ...['place', 'rules', 'values', 'notes'],
]);
const ruleKeys = new Set(['article', 'strength', 'document']);
const valueKeys = new Set(['value', 'blank', 'unit', 'inclusive', 'startsAt', 'rule', 'reading']);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every `rule` named anywhere inside a value. */
export const rulesWithin = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(rulesWithin);
  if (!isObject(value)) return [];
  return [
    ...(typeof value.rule === 'string' ? [value.rule] : []),
    ...Object.values(value).flatMap((inner) => rulesWithin(inner)),
  ];
};

function* problemsOfValue(name: string, entry: unknown, hasRule: (id: string) => boolean): Generator<string> {
  const parameter = parameterOf(name);
  if (!parameter) return yield `${name}: no such parameter`;
  if (!isObject(entry)) return yield `${name}: must be an object`;
  for (const key of Object.keys(entry)) if (!valueKeys.has(key)) yield `${name}: unknown field "${key}"`;
  if (typeof entry.rule !== 'string') yield `${name}: names no rule, so nobody could tell its article`;
  const { value } = entry;
  if (entry.blank !== undefined) {
    if (entry.blank !== true) yield `${name}: "blank" can only be true`;
    if (value !== undefined) yield `${name}: is blank and has a value`;
    return;
  }
  switch (parameter.kind) {
    case 'limit':
    case 'duration':
      if (typeof value !== 'number' || !Number.isInteger(value) || value <= 0)
        yield `${name}: value must be a whole number above 0, is ${JSON.stringify(value)}`;
      if (!parameter.units?.includes(entry.unit as Unit) && hasRule('D5-03'))
        yield `${name}: unit must be one of ${parameter.units?.join(', ')} (D5-03)`;
      if (typeof entry.inclusive !== 'boolean' && hasRule('D5-02'))
        yield `${name}: must say whether its number is included (D5-02)`;
      if (parameter.kind === 'duration' && !clockStarts.includes(entry.startsAt as ClockStart) && hasRule('D5-03'))
        yield `${name}: must name the event that starts its clock (D5-03)`;
      break;
    case 'monthDay':
      if (typeof value !== 'string' || !isLocalDate(`2024-${value}`))
        yield `${name}: value must be a day of the year MM-DD, is ${JSON.stringify(value)}`;
      break;
    case 'flag':
      if (typeof value !== 'boolean') yield `${name}: value must be true or false, is ${JSON.stringify(value)}`;
      break;
    case 'code':
      if (!parameter.codes?.includes(value as string))
        yield `${name}: value must be one of ${parameter.codes?.join(', ')}, is ${JSON.stringify(value)}`;
      break;
    case 'codes':
      if (!Array.isArray(value) || value.some((code) => !parameter.codes?.includes(code as string)))
        yield `${name}: value must be a list out of ${parameter.codes?.join(', ')}, is ${JSON.stringify(value)}`;
      else if (new Set(value).size !== value.length) yield `${name}: a code stands twice`;
      break;
    case 'objects':
      if (!Array.isArray(value) || value.some((one) => !isObject(one) || typeof one.rule !== 'string'))
        return yield `${name}: value must be a list of objects that each name a rule`;
      break;
    case 'object':
      if (!isObject(value)) return yield `${name}: value must be an object`;
      break;
  }
  try {
    parameter.check?.(value);
  } catch (error) {
    yield `${name}: ${(error as Error).message}`;
  }
}

/**
 * What is wrong with a pack file taken alone; nothing when it may be loaded beside others.
 * @param hasRule whether any pack has a rule: what is asked of a number is itself a rule
 */
export function* problemsOfPackFile(pack: unknown, hasRule: (id: string) => boolean): Generator<string> {
  if (!isObject(pack)) return yield 'must hold one JSON object';
  for (const key of Object.keys(pack)) if (!fileKeys.has(key)) yield `unknown field "${key}"`;
  for (const key of ['id', 'line', 'document'])
    if (typeof pack[key] !== 'string' || pack[key] === '') yield `"${key}" is missing`;
  if (typeof pack.id === 'string' && !/^[a-z0-9-]+$/.test(pack.id)) yield '"id" has letters, digits and "-" only';
  const title = pack.title as Text | undefined;
  if (!title?.zh || !title.en) yield '"title" needs zh and en';
  if (!isLocalDate(pack.from)) yield '"from" must be a date: a pack is in force from a day (CZ-GEN2)';
  if (pack.to !== undefined && !isLocalDate(pack.to)) yield '"to" must be a date';
  if (isLocalDate(pack.from) && isLocalDate(pack.to) && pack.to < pack.from) yield '"to" lies before "from"';
  if (!isObject(pack.rules) || !isObject(pack.values)) return yield '"rules" and "values" are missing';
  for (const [id, rule] of Object.entries(pack.rules)) {
    if (!isObject(rule)) {
      yield `rule ${id}: must be an object`;
      continue;
    }
    for (const key of Object.keys(rule)) if (!ruleKeys.has(key)) yield `rule ${id}: unknown field "${key}"`;
    if (typeof rule.article !== 'string' || rule.article === '') yield `rule ${id}: article is missing`;
    if (!strengths.includes(rule.strength as Strength)) yield `rule ${id}: strength must be ${strengths.join(', ')}`;
    if (rule.document !== undefined && !Object.hasOwn((pack.documents as object) ?? {}, rule.document as string))
      yield `rule ${id}: document "${String(rule.document)}" is not among the documents of this pack`;
  }
  for (const [name, entry] of Object.entries(pack.values)) yield* problemsOfValue(name, entry, hasRule);
}
