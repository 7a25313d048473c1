import { Ending, NewEvent, registryEvents, Stage } from '#libs/contracts';
import type { LocalDate } from '#libs/policy';
import { Sealed } from '#libs/protection';
import { wrongState } from '#libs/service-kit';
import { CheckNotMade } from '../enrolment/intake';
import { Leased } from '../long-work/leased';

/** submitted → confirming → confirmed; submitted → returned → submitted; submitted or returned → withdrawn. */
export const completionStates = ['submitted', 'confirming', 'confirmed', 'returned', 'withdrawn'] as const;
export type CompletionState = (typeof completionStates)[number];

/** States in which a class has one completion at most. */
export const openStates: CompletionState[] = ['submitted', 'confirming', 'returned'];

export interface ChildEnding {
  student: string;
  /** Exactly one (NAT-GR1). */
  ending: Ending;
  /** Digest of the paper that proves it; absent where the line asks for none. */
  proof?: string;
}

/** How the stage ends for children of one class, from the school's entry to the authority's confirmation. */
export interface Completion extends Leased {
  /** Sequence of its last event. */
  version: number;
  state: CompletionState;
  school: string;
  path: string;
  county: string;
  class: string;
  className: string;
  stage: Stage;
  entryYear: number;
  /** Legal day on which the stage ends. */
  on: LocalDate;
  /** Office that confirms (GZ-GR6). */
  authority: string;
  /** Pack that judged. */
  pack: string;
  rules: string[];
  children: ChildEnding[];
  /** Conditions that no text gives, each said once. */
  notMade: CheckNotMade[];
  enteredBy: string;
  post: string;
  enteredAt: Date;
  /** Why it was sent back; may speak of a child, so sealed. */
  returned?: { reason: Sealed; account: string; at: Date };
  confirmed?: { account: string; post: string; at: Date };
  /** Records that have their ending. */
  ended: number;
}

export interface Moment {
  on: LocalDate;
  at: Date;
}

export interface Changed {
  completion: Completion;
  events: NewEvent[];
}

const stateNames: Record<CompletionState, { zh: string; en: string }> = {
  submitted: { zh: '待确认', en: 'waiting for confirmation' },
  confirming: { zh: '已确认，正在办理', en: 'confirmed and being carried out' },
  confirmed: { zh: '已办结', en: 'confirmed' },
  returned: { zh: '已退回', en: 'sent back' },
  withdrawn: { zh: '已撤回', en: 'withdrawn' },
};

const told = (
  completion: Completion,
  definition:
    | typeof registryEvents.completionSubmitted
    | typeof registryEvents.completionReturned
    | typeof registryEvents.completionWithdrawn
    | typeof registryEvents.completionConfirmed,
  moment: Moment,
): Changed => {
  const { _id, school, path, class: classId, stage, entryYear, authority, children, pack, rules } = completion;
  const version = completion.version + 1;
  return {
    completion: { ...completion, version },
    events: [
      {
        definition,
        aggregateId: _id,
        seq: version,
        effectiveOn: moment.on,
        recordedAt: moment.at,
        pack,
        rules,
        data: { school, path, class: classId, stage, entryYear, authority, students: children.length },
      },
    ],
  };
};

const mustBe = (completion: Completion, states: CompletionState[], what: { zh: string; en: string }): void => {
  if (states.includes(completion.state)) return;
  const { zh, en } = stateNames[completion.state];
  throw wrongState(
    {
      zh: `${completion.className}的毕业登记${zh}，不能${what.zh}。`,
      en: `This completion is ${en}; it cannot be ${what.en}.`,
    },
    { zh: '请重新读取后再办理。', en: 'Read it again.' },
    { completion: completion._id, state: completion.state },
  );
};

/** Entered by the school, or entered again in the place of one that is still open. @throws Refused `wrong-state` */
export const submit = (
  entered: Omit<Completion, '_id' | 'version' | 'state' | 'ended'>,
  id: string,
  before: Completion | undefined,
  moment: Moment,
): Changed => {
  if (before) mustBe(before, ['submitted', 'returned'], { zh: '重新登记', en: 'entered again' });
  const completion: Completion = {
    ...entered,
    _id: before?._id ?? id,
    version: before?.version ?? 0,
    state: 'submitted',
    ended: 0,
  };
  return told(completion, registryEvents.completionSubmitted, moment);
};

/** The authority's word is given; the records get their endings by long work. Tells nothing yet. @throws Refused */
export const beginConfirm = (completion: Completion, by: NonNullable<Completion['confirmed']>): Completion => {
  mustBe(completion, ['submitted'], { zh: '确认', en: 'confirmed' });
  return { ...completion, state: 'confirming', confirmed: by };
};

export const finishConfirm = (completion: Completion, moment: Moment): Changed =>
  told({ ...completion, state: 'confirmed' }, registryEvents.completionConfirmed, moment);

/** @throws Refused `wrong-state` */
export const sendBack = (completion: Completion, returned: Completion['returned'], moment: Moment): Changed => {
  mustBe(completion, ['submitted'], { zh: '退回', en: 'sent back' });
  return told({ ...completion, state: 'returned', returned }, registryEvents.completionReturned, moment);
};

/** @throws Refused `wrong-state` */
export const withdraw = (completion: Completion, moment: Moment): Changed => {
  mustBe(completion, ['submitted', 'returned'], { zh: '撤回', en: 'withdrawn' });
  return told({ ...completion, state: 'withdrawn' }, registryEvents.completionWithdrawn, moment);
};
