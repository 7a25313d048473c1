import type { Citation } from '#libs/contracts';
import type { RuleInForce, Setting } from './setting';
import type { Strength, ValueEntry } from './pack-file';
import type { Parameter, Unit } from './parameters';

/** One pack's word on a parameter. */
export interface Layer {
  entry: ValueEntry;
  citation: Citation;
  strength: Strength;
}

/** A nearer line contradicts or loosens one further up (SCH4-GEN2, GZ-SC4). */
export class Loosened extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Loosened';
  }
}

/** Fewest and most calendar days that a length can take, to compare lengths of different units. */
const span = (value: number, unit: Unit): [number, number] => {
  switch (unit) {
    case 'weeks':
      return [value * 7, value * 7];
    case 'months':
      return [value * 28, value * 31];
    case 'years':
      return [value * 365, value * 366];
    case 'workingDays':
      return [value, value * 3 + 14]; // eight days off in a row are the longest so far; a generous bound
    default:
      return [value, value];
  }
};

type Order = 'same' | 'stricter' | 'looser' | 'open';

/** How `near` stands to `far` where less is stricter. An excluded number is one less. */
const compareLimits = (near: ValueEntry, far: ValueEntry): Order => {
  const size = (entry: ValueEntry) => (entry.value as number) - (entry.inclusive ? 0 : 0.5);
  if (near.unit === far.unit) {
    const difference = size(near) - size(far);
    return difference === 0 ? 'same' : difference < 0 ? 'stricter' : 'looser';
  }
  const [nearLeast, nearMost] = span(near.value as number, near.unit!);
  const [farLeast, farMost] = span(far.value as number, far.unit!);
  if (nearLeast > farMost) return 'looser';
  return nearMost < farLeast ? 'stricter' : 'open';
};

/** The same where more is stricter: an excluded threshold is one more. */
const compareThresholds = (near: ValueEntry, far: ValueEntry): Order => {
  const size = (entry: ValueEntry) => (entry.value as number) + (entry.inclusive ? 0 : 0.5);
  const difference = size(near) - size(far);
  return difference === 0 ? 'same' : difference > 0 ? 'stricter' : 'looser';
};

/** Gives every object that names a rule the citation of it, so that a rule can be cited where it is read. */
const cite = (value: unknown, ruleOf: (rule: string) => RuleInForce | undefined): unknown => {
  if (Array.isArray(value)) return value.map((one) => cite(one, ruleOf));
  if (typeof value !== 'object' || value === null) return value;
  const cited = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cite(inner, ruleOf)]));
  const rule = typeof cited.rule === 'string' ? ruleOf(cited.rule) : undefined;
  return rule ? { ...cited, citation: rule.citation, strength: rule.strength } : cited;
};

/**
 * One value out of what the packs of a chain say, nearest first. Silence inherits. A blank leaves an `override`
 * parameter not configured; for every other mode what lines further up demand still holds.
 * @throws Loosened when the chain has a rule against it
 */
export const mergeValues = (
  name: string,
  parameter: Parameter,
  layers: readonly Layer[],
  ruleOf: (rule: string) => RuleInForce | undefined,
): Setting => {
  const nearest = layers.at(0);
  if (!nearest) return { configured: false, parameter: name };
  const given = layers.filter(({ entry }) => !entry.blank);
  const blankDecides = parameter.merge === 'override' && nearest.entry.blank;
  if (given.length === 0 || blankDecides) return { configured: false, parameter: name, citation: nearest.citation };

  const ban = ruleOf('GZ-SC4') ?? ruleOf('SCH4-GEN2');
  const refuseLoosening = (near: Layer, far: Layer, how: string) => {
    if (!ban) return;
    throw new Loosened(
      `${name}: ${how} (${near.citation.pack} ${near.citation.rule} against ${far.citation.pack} ` +
        `${far.citation.rule} ${far.citation.article}; refused by ${ban.citation.rule}, ${ban.citation.document} ${ban.citation.article})`,
    );
  };

  const [near] = given;
  const make = (value: unknown, deciding: Layer, citations: Layer[]): Setting => ({
    configured: true,
    parameter: name,
    value: cite(value, ruleOf),
    unit: deciding.entry.unit,
    inclusive: deciding.entry.inclusive,
    startsAt: deciding.entry.startsAt,
    strength: deciding.strength,
    citation: deciding.citation,
    citations: citations.map(({ citation }) => citation),
    reading: deciding.entry.reading,
  });

  switch (parameter.merge) {
    case 'override':
      for (const far of given.slice(1)) {
        const how = parameter.loosens?.(near.entry.value, far.entry.value);
        if (how) refuseLoosening(near, far, how);
      }
      return make(near.entry.value, near, [near]);
    case 'lowest':
    case 'highest': {
      const compare = parameter.merge === 'lowest' ? compareLimits : compareThresholds;
      const open: Layer[] = [];
      for (const far of given.slice(1)) {
        const order = compare(near.entry, far.entry);
        if (order === 'looser') refuseLoosening(near, far, `${show(near.entry)} is looser than ${show(far.entry)}`);
        if (order !== 'stricter' && near.strength === 'PRINCIPLE' && far.strength === 'MUST')
          refuseLoosening(near, far, 'in principle is looser than must');
        if (order === 'open') open.push(far);
      }
      const setting = make(near.entry.value, near, [near, ...open]);
      if (open.length > 0 && setting.configured)
        setting.alsoWithin = open.map(({ entry, citation }) => ({
          value: entry.value as number,
          unit: entry.unit!,
          inclusive: entry.inclusive!,
          citation,
        }));
      return setting;
    }
    case 'narrow':
      for (const far of given.slice(1)) {
        const added = (near.entry.value as string[]).filter((code) => !(far.entry.value as string[]).includes(code));
        if (added.length > 0) refuseLoosening(near, far, `allows ${added.join(', ')} in addition`);
      }
      return make(near.entry.value, near, [near]);
    case 'onlyTrue': {
      const demanding = given.find(({ entry }) => entry.value === true);
      if (demanding && near.entry.value === false) refuseLoosening(near, demanding, 'drops a demand');
      return make(near.entry.value, near, [near]);
    }
    case 'union': {
      const identity = (one: unknown) =>
        parameter.identity ? parameter.identity(one as Record<string, unknown>) : String(one);
      const entries = new Map<string, { one: unknown; layer: Layer }>();
      for (const layer of given)
        for (const one of layer.entry.value as unknown[]) {
          const nearer = entries.get(identity(one));
          if (!nearer) entries.set(identity(one), { one, layer });
          const how = nearer && parameter.loosens?.(nearer.one, one);
          if (how) refuseLoosening(nearer.layer, layer, how);
        }
      return make(
        [...entries.values()].map(({ one }) => one),
        near,
        given,
      );
    }
    case 'allMustHold':
      return make(
        given.flatMap(({ entry }) => entry.value as unknown[]),
        near,
        given,
      );
  }
};

const show = ({ value, unit, inclusive }: ValueEntry): string =>
  `${String(value)} ${unit ?? ''}${inclusive === false ? ' (excluded)' : ''}`;
