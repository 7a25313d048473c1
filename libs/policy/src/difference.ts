import type { Pack } from './pack';
import type { Setting } from './setting';
import { ParameterName, parameters } from './parameters';

/** One parameter or rule that two packs do not have alike. */
export type Difference =
  { parameter: ParameterName; before: Setting; after: Setting } | { rule: string; before?: string; after?: string };

const shown = (setting: Setting): string =>
  setting.configured
    ? JSON.stringify([setting.value, setting.unit, setting.inclusive, setting.startsAt, setting.strength])
    : 'not configured';

/** Articles are compared as `<document> <article>`; a rule that one side lacks stands with the other side only. */
export const differencesBetween = (before: Pack, after: Pack): Difference[] => {
  const differences: Difference[] = [];
  for (const parameter of Object.keys(parameters) as ParameterName[]) {
    const [then, now] = [before.setting<unknown>(parameter), after.setting<unknown>(parameter)];
    if (shown(then) !== shown(now)) differences.push({ parameter, before: then, after: now });
  }
  const place = (pack: Pack, rule: string) => {
    const found = pack.rule(rule);
    return found && `${found.citation.document} ${found.citation.article}`;
  };
  for (const rule of new Set([...before.rulesInForce().keys(), ...after.rulesInForce().keys()])) {
    const [then, now] = [place(before, rule), place(after, rule)];
    if (then !== now) differences.push({ rule, before: then, after: now });
  }
  return differences;
};
