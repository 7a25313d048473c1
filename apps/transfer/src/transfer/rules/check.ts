import type { Citation, Text } from '#libs/contracts';
import { notConfigured, NotConfigured, Pack, Party, Strength } from '#libs/policy';
import type { Check, Situation } from '../situation';

/** A rule of a transfer: looks at the situation by one pack, and says what it found. No pack, no rule: nothing. */
export type TransferRule = (situation: Situation, pack: Pack) => Check[];

interface Source {
  citation: Citation;
  strength: Strength;
}

interface Said {
  outcome: 'met' | 'broken' | 'notConfigured';
  mustAct: Party;
  message: Text;
  remedy?: Text;
  facts?: Record<string, unknown>;
  spokenBy?: Check['spokenBy'];
}

/** A check in the name of the rule that a value or an entry of the pack rests on. */
export const checkBy = ({ citation, strength }: Source, said: Said): Check => ({
  spokenBy: 'transfer',
  facts: {},
  ...said,
  rule: citation.rule,
  citation,
  strength: strength === 'PRINCIPLE' ? 'PRINCIPLE' : 'MUST',
});

/** A number that the texts leave out: the check was not made, and that is told (R5-01). */
export const notChecked = (pack: Pack, setting: NotConfigured, facts: Record<string, unknown> = {}): Check => ({
  ...notConfigured(pack, setting, facts),
  mustAct: 'inAuthority',
  spokenBy: 'transfer',
});

/** A rule could not look, because a fact has not been heard of. It passes nothing silently. */
export const factMissing = (source: Source, mustAct: Party, what: Text, facts: Record<string, unknown> = {}): Check =>
  checkBy(source, {
    outcome: 'notConfigured',
    mustAct,
    message: { zh: `${what.zh}，此项未检查。`, en: `${what.en}: this check was not made.` },
    facts,
  });
