import type { Citation, Text } from '#libs/contracts';
import type { Pack } from './pack';
import type { NotConfigured } from './setting';

/** What one check of one rule said. The third outcome stands beside met and broken (R5-01). */
export interface Finding {
  rule: string;
  outcome: 'met' | 'broken' | 'notConfigured';
  strength: 'MUST' | 'PRINCIPLE';
  citation: Citation;
  message: Text;
  /** What to do. */
  remedy?: Text;
  /** Facts that decided, safe to show to the one who asked. */
  facts: Record<string, unknown>;
}

/** A rule in principle set aside by a person, who says why (D5-04). */
export interface Override {
  rule: string;
  reason: string;
  /** Account of the person who answers for it. */
  person: string;
}

/**
 * The findings that stop the act. MUST always stops; PRINCIPLE stops unless set aside with reason and person;
 * not configured never stops, and stays in the findings for everybody to see.
 */
export const blockers = (findings: readonly Finding[], overrides: readonly Override[] = []): Finding[] =>
  findings.filter(
    (finding) =>
      finding.outcome === 'broken' &&
      !(
        finding.strength === 'PRINCIPLE' &&
        overrides.some(
          ({ rule, reason, person }) => rule === finding.rule && reason.trim() !== '' && person.trim() !== '',
        )
      ),
  );

/** Overrides that no broken rule in principle asked for: a rule that must hold, is met, or does not exist. */
export const idleOverrides = (findings: readonly Finding[], overrides: readonly Override[]): Override[] =>
  overrides.filter(
    ({ rule }) =>
      !findings.some(
        (finding) => finding.rule === rule && finding.outcome === 'broken' && finding.strength === 'PRINCIPLE',
      ),
  );

/**
 * The finding that says a check could not be made, because no text gives the number. It cites the article that leaves
 * the number out or, where every text is silent, the rule that silence is not a pass.
 */
export const notConfigured = (pack: Pack, setting: NotConfigured, facts: Record<string, unknown> = {}): Finding => {
  const citation =
    setting.citation ??
    pack.rule('R5-01')?.citation ??
    ({ rule: 'R5-01', pack: pack.id, document: pack.document, article: '' } satisfies Citation);
  return {
    rule: citation.rule,
    outcome: 'notConfigured',
    strength: 'MUST',
    citation,
    message: {
      zh: `${pack.title.zh}没有给出“${setting.parameter}”的数值，此项未检查。`,
      en: `${pack.title.en} gives no value for "${setting.parameter}": this check was not made.`,
    },
    remedy: {
      zh: '由有权制定办法的教育行政部门在本级政策包中设定该数值。',
      en: 'The authority that may set it puts the value into its own pack.',
    },
    facts: { parameter: setting.parameter, ...facts },
  };
};
