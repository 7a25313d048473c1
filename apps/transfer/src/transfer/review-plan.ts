import type { Citation, Stage } from '#libs/contracts';
import type { LocalDate, Pack, ParameterName, Party, Policy, Route } from '#libs/policy';
import { authorityActs, PartyPlace, PlannedStep, planSteps } from '#libs/review';
import { aboveOf, authorityOf, lineOf, Office, OfficeTree } from '#libs/places';

/** Who is in charge on both sides, by which law each acts, and in which order. */
export interface ReviewPlan {
  parties: Record<Party, PartyPlace>;
  packs: Record<Party, Pack>;
  lines: Record<Party, string>;
  order: Route['order'];
  /** The receiving school's own act. */
  filing: { act: Route['filing']['act']; citation: Citation };
  steps: PlannedStep<Party>[];
}

/** What kind of movement it is: its route, and the stage of the student on either side. */
export interface Movement {
  route: Extract<ParameterName, `${string}.route.${string}`>;
  stages: { in: Stage; out: Stage };
}

export const transferAt = (stage: Stage): Movement => ({
  route: `transfer.route.${stage}`,
  stages: { in: stage, out: stage },
});

/** The receiver's law leaves the route open. */
export class NoRoute extends Error {
  constructor(
    readonly pack: Pack,
    route: string,
  ) {
    super(`${pack.id} gives no ${route}`);
  }
}

/** The receiver's route has no step of an authority (FJ-C6). */
export class NoAuthority extends Error {
  constructor(readonly pack: Pack) {
    super(`the route of ${pack.id} has no step of an authority`);
  }
}

const authorities: readonly Party[] = ['inAuthority', 'outAuthority'];

/**
 * Order of the steps: the receiver's law, which starts the case. How a party acts and how long it has: the law of its
 * own office's line, in force at filing; where that names no act for it, the receiver's.
 * @param movement route of the packs, and the stages at which the two schools have the student
 * @throws NoRoute, NoAuthority, NotHeardOf
 */
export const planReview = (
  schools: { in: Office; out: Office },
  movement: Movement,
  on: LocalDate,
  policy: Policy,
  tree: OfficeTree,
): ReviewPlan => {
  const { route: routeName, stages } = movement;
  const packOf = (office: Office): Pack => policy.packAt(lineOf(office, tree, on), on, office.path);
  const inAuthority = authorityOf(schools.in, stages.in, packOf(schools.in), tree);
  const outAuthority = authorityOf(schools.out, stages.out, packOf(schools.out), tree);
  const offices: Record<Party, Office> = { inSchool: schools.in, inAuthority, outSchool: schools.out, outAuthority };
  // A school answers to its record authority, an authority to the office above it in the tree.
  const above: Record<Party, Office> = {
    inSchool: inAuthority,
    outSchool: outAuthority,
    inAuthority: aboveOf(inAuthority, tree),
    outAuthority: aboveOf(outAuthority, tree),
  };
  const each = <T>(make: (party: Party) => T): Record<Party, T> => ({
    inSchool: make('inSchool'),
    inAuthority: make('inAuthority'),
    outSchool: make('outSchool'),
    outAuthority: make('outAuthority'),
  });
  const parties = each((party) => ({
    office: offices[party]._id,
    path: offices[party].path,
    above: above[party]._id,
  }));
  const packs = each((party) => packOf(offices[party]));
  const lines = each((party) => lineOf(offices[party], tree, on));

  const route = packs.inSchool.setting<Route>(routeName);
  if (!route.configured) throw new NoRoute(packs.inSchool, routeName);
  const entryIn = (pack: Pack, party: Party) => {
    const own = pack.setting<Route>(routeName);
    const entry = own.configured
      ? [own.value.filing, ...own.value.steps].find((one) => one.party === party)
      : undefined;
    return entry && { act: entry.act, citation: pack.rule(entry.rule)!.citation };
  };
  const actOf = (party: Party) => ({
    ...(entryIn(packs[party], party) ?? entryIn(packs.inSchool, party)!),
    line: lines[party],
    pack: packs[party].id,
  });
  const onceIn = (pack: Pack): boolean => {
    const often = pack.setting('transfer.sameAuthority');
    return often.configured && often.value === 'once';
  };
  const steps = planSteps<Party>({
    parties: route.value.steps.map(({ party }) => party),
    placeOf: (party) => parties[party],
    actOf,
    actsOnce: (office) => authorities.some((party) => parties[party].office === office && onceIn(packs[party])),
  });
  if (packs.inSchool.rule('FJ-C6') && !authorityActs(steps, authorities)) throw new NoAuthority(packs.inSchool);
  const { act, citation } = entryIn(packs.inSchool, 'inSchool')!;
  return { parties, packs, lines, order: route.value.order, filing: { act, citation }, steps };
};
