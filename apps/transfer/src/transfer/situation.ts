import type { Stage } from '#libs/contracts';
import type { Finding, LocalDate, Party } from '#libs/policy';
import type { Office, Term } from '#libs/places';
import type { Application } from './application';

/** A student as this service has heard: no name, no number. */
export interface StudentFacts {
  school: string;
  class: string;
  stage: Stage;
  /** Cohort: year of entry into the stage. */
  entryYear: number;
  registration: 'entered' | 'submitted' | 'returned' | 'confirmed' | 'undone';
  /** Marks in force. */
  marks: string[];
  /** Case that holds the record. */
  held?: string;
}

/** One side of a transfer. */
export interface Side {
  school: Office;
  /** Division code of the county where the school lies. */
  county: string;
  /** The last term that has begun; undefined: not known. */
  term?: Term;
}

/** Everything that the rules of a transfer look at, as of one day. */
export interface Situation {
  /** Day of filing. */
  on: LocalDate;
  application: Application;
  student: StudentFacts;
  out: Side;
  in: Side & {
    class: { stage: Stage; entryYear: number };
    /** Pupils and reserved seats of the class as far as heard; undefined when the seat is already kept. */
    taken?: number;
  };
}

/** One check, with who has to do something about it and who may speak the refusal. */
export interface Check extends Finding {
  mustAct: Party;
  /**
   * `registry`: shown before filing and decided by the registry alone, which knows the fact; a copy here never refuses.
   */
  spokenBy: 'transfer' | 'registry';
}
