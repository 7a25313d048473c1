import { DataOf, EventDefinition, NewEvent, Owner, ProblemItem, registryEvents as events } from '#libs/contracts';
import type { LocalDate } from '#libs/policy';
import { wrongState } from '#libs/service-kit';
import { Leased } from '../long-work/leased';

/**
 * announced → passing → handingOver → closed; announced → cancelled. `announced`: open business is cleared, the keeper is
 * named. `passing`: pupils and files pass by long work. `handingOver`: the archive hands custody over.
 */
export const closingStates = ['announced', 'passing', 'handingOver', 'closed', 'cancelled'] as const;
export type ClosingState = (typeof closingStates)[number];

/** Services that answer whether their part is empty. Whoever joins answers the same question with the same event. */
export const concerned: readonly Owner[] = ['transfer'];

/** Something open at a service. */
export interface OpenItem {
  kind: string;
  id: string;
}

/** A service's last answer. */
export interface Part {
  ask: number;
  open: number;
  items: OpenItem[];
  at: Date;
}

export interface Keeper {
  office: string;
  kind: 'school' | 'unit';
  path: string;
}

/** A school closes, or merges into another; conducted by its county. */
export interface Closing extends Leased {
  /** Sequence of its last event. */
  version: number;
  state: ClosingState;
  kind: 'closure' | 'merger';
  school: string;
  path: string;
  /** Planned last day of the school. */
  on: LocalDate;
  authority: string;
  pack: string;
  /** Of a merger: the school merged into, from the beginning. */
  keeper?: Keeper;
  /** Number of the last question to the services. */
  ask: number;
  parts: Partial<Record<Owner, Part>>;
  /** Of a merger: each class that is carried on, and the class in its place. */
  classes: { from: string; to: string }[];
  announcedBy: string;
  carriedOutBy?: { account: string; post: string };
  /** Records that have passed. */
  passed: number;
  /** Hand-over list of the archive. */
  custody?: { copies: number; digest: string };
  closedOn?: LocalDate;
}

export interface Moment {
  on: LocalDate;
  at: Date;
}

export interface Changed {
  closing: Closing;
  events: NewEvent[];
}

/** Rules that a closing rests on, those of the pack alone are named. */
export const rulesOf = ({ kind }: Pick<Closing, 'kind'>): string[] =>
  kind === 'merger' ? ['GZ-MG1', 'NAT-MG1', 'CZ-AR2'] : ['GZ-MG2', 'NAT-MG2', 'CZ-AR3'];

const told = <E extends EventDefinition>(
  closing: Closing,
  definition: E,
  data: DataOf<E>,
  rules: string[],
  moment: Moment,
): Changed => {
  const version = closing.version + 1;
  const { pack, _id: aggregateId } = closing;
  const event = {
    definition,
    aggregateId,
    seq: version,
    effectiveOn: moment.on,
    recordedAt: moment.at,
    pack,
    rules,
    data,
  };
  return { closing: { ...closing, version }, events: [event] };
};

export const mustBe = (closing: Closing, state: ClosingState): void => {
  if (closing.state === state) return;
  throw wrongState(
    { zh: '撤并事项不在可办理此项的状态。', en: `The closing is ${closing.state}; this needs ${state}.` },
    { zh: '请重新读取后再办理。', en: 'Read it again.' },
    { closing: closing._id, state: closing.state },
  );
};

export const announce = (closing: Closing, rules: string[], moment: Moment): Changed => {
  const { school, path, kind, authority, keeper, ask } = closing;
  const into = kind === 'merger' && keeper ? { into: keeper.office } : {};
  return told(closing, events.closingAnnounced, { school, path, kind, authority, ask, ...into }, rules, moment);
};

export const askAgain = (closing: Closing, moment: Moment): Changed => {
  mustBe(closing, 'announced');
  const next = { ...closing, ask: closing.ask + 1 };
  const { school, path, ask } = next;
  return told(next, events.closingAsked, { school, path, ask }, [], moment);
};

export const nameKeeper = (closing: Closing, keeper: Keeper, rules: string[], moment: Moment): Changed => {
  mustBe(closing, 'announced');
  const data = { school: closing.school, keeper: keeper.office, keeperKind: keeper.kind };
  return told({ ...closing, keeper }, events.closingKeeperNamed, data, rules, moment);
};

export const cancel = (closing: Closing, moment: Moment): Changed => {
  mustBe(closing, 'announced');
  const { school, path } = closing;
  return told({ ...closing, state: 'cancelled' }, events.closingCancelled, { school, path }, [], moment);
};

/** An answer is kept where it is the newest of its service. Undefined: an older one, or of a closing that goes on already. */
export const heard = (closing: Closing, owner: Owner, part: Part): Closing | undefined =>
  closing.state === 'announced' && (closing.parts[owner]?.ask ?? 0) <= part.ask
    ? { ...closing, parts: { ...closing.parts, [owner]: part } }
    : undefined;

/** Everything passed: the archive is asked to hand custody over. */
export const askCustody = (closing: Closing, rules: string[], moment: Moment): Changed => {
  const keeper = closing.keeper!;
  const data = {
    school: closing.school,
    kind: closing.kind,
    keeper: keeper.office,
    keeperKind: keeper.kind,
    keeperPath: keeper.path,
  };
  return told({ ...closing, state: 'handingOver' }, events.closingCustodyAsked, data, rules, moment);
};

/** What is open at the services, and who has not answered the last question. */
export const partsOpen = (closing: Closing): ProblemItem[] =>
  concerned.flatMap((owner): ProblemItem[] => {
    const part = closing.parts[owner];
    if (!part || part.ask < closing.ask) {
      return [
        {
          field: owner,
          code: 'not-answered',
          message: { zh: `${owner}服务尚未答复。`, en: `The service ${owner} has not answered yet.` },
          remedy: { zh: '请稍后再试。', en: 'Try again in a moment.' },
        },
      ];
    }
    if (part.open === 0) return [];
    const shown = part.items.map((one) => open(one.kind, one.id, owner));
    const more = part.open - shown.length;
    return more > 0 ? [...shown, open('more', String(more), owner)] : shown;
  });

const words: Record<string, { zh: string; en: string }> = {
  pupil: { zh: '在籍学生', en: 'a pupil on roll' },
  held: { zh: '有在办异动的学生', en: 'a record held by a movement' },
  'in-work': { zh: '有在办批量业务的学生', en: 'a record in long work' },
  class: { zh: '有预留名额的班级', en: 'a class with reserved seats' },
  collection: { zh: '未完成的采集批次', en: 'a collection under way' },
  completion: { zh: '未办结的毕业登记', en: 'a completion that is not decided' },
  number: { zh: '未答复的学籍号申请', en: 'a number asked for' },
  transfer: { zh: '未办结的转学', en: 'a transfer under way' },
  placement: { zh: '未办结的升学转接', en: 'a placement under way' },
  more: { zh: '其余事项数', en: 'further matters' },
};

/** One open matter, as it stands in the list of a refusal. */
export const open = (kind: string, id: string, owner: Owner = 'registry'): ProblemItem => {
  const word = words[kind] ?? { zh: kind, en: kind };
  return {
    field: `${owner}.${kind}.${id}`,
    code: `open-${kind}`,
    message: { zh: `${word.zh}：${id}`, en: `${word.en}: ${id}` },
    facts: { owner, kind, id },
  };
};
