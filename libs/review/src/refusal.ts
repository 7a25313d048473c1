import type { Citation, Stage } from '#libs/contracts';
import type { FactName, RefusalGround } from '#libs/policy';

/** What is known; a fact that nobody has answered is absent. */
export type Facts = Partial<Record<FactName, boolean | number>>;

/** A ground as a pack gives it, with its article. */
export type KnownGround = RefusalGround & { citation?: Citation };

/**
 * What the facts make of a refusal (核办: verify, then carry out; FJ-C7).
 * `proven`: it stands. `disproved`, `notShown` (nobody answers the fact): it is answered with the facts. `unknown`: the
 * law of the step knows no such ground.
 */
export type Weighed =
  { proof: 'proven' | 'disproved' | 'notShown'; ground: KnownGround; value?: boolean | number } | { proof: 'unknown' };

const holds = ({ is, value }: RefusalGround['provenBy'], fact: boolean | number): boolean => {
  if (is === 'equal') return fact === value;
  return is === 'atMost' ? Number(fact) <= Number(value) : Number(fact) >= Number(value);
};

const proofOf = (ground: RefusalGround, facts: Facts): 'proven' | 'disproved' | 'notShown' => {
  const fact = facts[ground.provenBy.fact];
  if (fact === undefined) return 'notShown';
  return holds(ground.provenBy, fact) ? 'proven' : 'disproved';
};

/** Grounds that a step may name at a stage. */
export const groundsAt = (grounds: readonly KnownGround[], stage: Stage): KnownGround[] =>
  grounds.filter(({ stages }) => !stages || stages.includes(stage));

/** Every known ground with what the facts say to it today: shown to who must act, and in the answer to a false one. */
export const groundsShown = (grounds: readonly KnownGround[], stage: Stage, facts: Facts) =>
  groundsAt(grounds, stage).map((ground) => ({
    code: ground.code,
    text: ground.text,
    ...(ground.citation && { citation: ground.citation }),
    proof: proofOf(ground, facts),
    fact: ground.provenBy.fact,
    value: facts[ground.provenBy.fact] ?? null,
  }));

/** Whether a refusal on a ground stands: facts decide, not who says so. */
export const weighRefusal = (code: string, grounds: readonly KnownGround[], stage: Stage, facts: Facts): Weighed => {
  const ground = groundsAt(grounds, stage).find((one) => one.code === code);
  if (!ground) return { proof: 'unknown' };
  return { proof: proofOf(ground, facts), ground, value: facts[ground.provenBy.fact] };
};
