import type { Act, Citation } from '#libs/contracts';

/** A role of office, resolved by data. */
export interface PartyPlace {
  office: string;
  path: string;
  /** Office that is told when this one is late, and at which its refusals are listed. */
  above: string;
}

/** How a party acts, and by which law: that of the line of its own office. */
export interface PartyAct {
  act: Act;
  line: string;
  /** Pack in force at filing; it judges this step to the end of the case. */
  pack: string;
  citation: Citation;
}

/** `P`: names of the parties of one kind of case. The key is the party; it names the step in events and deadlines. */
export interface PlannedStep<P extends string = string> extends PartyPlace, PartyAct {
  key: P;
  /** More than one where an office that stands on both sides acts once. */
  parties: P[];
}

export interface PlanInput<P extends string> {
  /** In the order of the route. */
  parties: readonly P[];
  placeOf: (party: P) => PartyPlace;
  actOf: (party: P) => PartyAct;
  /** Whether an office that is several parties acts once for all of them (NAT-TR2). */
  actsOnce: (office: string) => boolean;
}

/**
 * Steps in order. Where an office acts once for several parties it acts at the place of the last of them, when the
 * others have said what it has to verify.
 */
export const planSteps = <P extends string>({ parties, placeOf, actOf, actsOnce }: PlanInput<P>): PlannedStep<P>[] =>
  parties.flatMap((party, index) => {
    const place = placeOf(party);
    const same = (other: P) => placeOf(other).office === place.office;
    if (!actsOnce(place.office)) return [{ ...place, ...actOf(party), key: party, parties: [party] }];
    if (parties.slice(index + 1).some(same)) return [];
    return [{ ...place, ...actOf(party), key: party, parties: parties.filter(same) }];
  });

/** Whether an authority has a step of its own in the case (FJ-C6). */
export const authorityActs = <P extends string>(steps: readonly PlannedStep<P>[], authorities: readonly P[]): boolean =>
  steps.some(
    ({ parties, act }) => act !== 'fileForInformation' && parties.some((party) => authorities.includes(party)),
  );
