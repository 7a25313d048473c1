import type { Stage } from '#libs/contracts';
import type { LocalDate } from '#libs/policy';
import type { ConfirmedDropout } from '../watch/count-days';

/** Last day of what has no end yet. */
export const openEnd: LocalDate = '9999-12-31';

interface Placed {
  school: string;
  path: string;
  class: string;
}

/** Seat from a legal date on, by the registry; without a class: no seat any more. `seq` orders what was told for one day. */
export interface Seat extends Partial<Placed> {
  from: LocalDate;
  seq: number;
  stage: Stage;
}

/** Place of study from a legal date on (NAT-SP1, D5-09); without a class: that of the seat again. */
export interface StudyPlace extends Partial<Placed> {
  from: LocalDate;
  seq: number;
}

export interface MarkSpan {
  mark: string;
  from: LocalDate;
  to?: LocalDate;
}

/** Time in which a child sits in a class and is called there, both days included. */
export interface Stay extends Placed {
  stage: Stage;
  from: LocalDate;
  to: LocalDate;
}

/** A child as attendance knows it: where it was to be on each day. No name, no number. */
export interface Student {
  _id: string;
  seats: Seat[];
  study: StudyPlace[];
  marks: MarkSpan[];
  /** Made of the three above; what rosters are found by. */
  stays: Stay[];
  /** Dropouts confirmed here, by watch: from then on nobody calls the child until it is back. */
  dropouts?: (ConfirmedDropout & { watch: string })[];
  /** Has been absent without excuse: only then do other facts change a judgement. */
  judged?: true;
  /** Has had a watch. */
  watched?: true;
  /** Sequence of the last event heard. */
  version: number;
}
