/** Judges movements by the data of both services alone: whatever happened, this must hold when things are quiet again. */

export interface SeenCase {
  _id: string;
  state: string;
  student: string;
  to: { class: string };
}

export interface SeenRecord {
  _id: string;
  class: string;
  registration: string;
  hold?: { case: string; toClass: string };
}

/** Seats as the registry counts them. */
export interface SeenClass {
  _id: string;
  seats: { taken: number; reserved: number };
}

/** A student as the transfer service has heard. */
export interface SeenCopy {
  _id: string;
  class: string;
  held?: { case: string };
}

/** What a journal tells of seats: the entry first, then the moves, each by a case. */
export interface SeenSeat {
  student: string;
  from?: string;
  to: string;
  case?: string;
}

export interface Seen {
  cases: SeenCase[];
  records: SeenRecord[];
  classes: SeenClass[];
  copies: SeenCopy[];
  /** In order per student. */
  seats: SeenSeat[];
  /** Steps that were acted on, as often as the journal of the transfers tells it. */
  acted: { case: string; step: string }[];
}

const over = ['completed', 'ended'];

/** What is wrong; empty when all is right. */
export const violations = (seen: Seen): string[] => [
  ...holdsAndCases(seen),
  ...between(seen),
  ...counters(seen),
  ...moves(seen),
  ...copies(seen),
  ...twice(seen.acted.map((one) => `step ${one.step} of case ${one.case}`)).map((one) => `${one} was acted on twice`),
];

/** No hold without its case, no case under way without its hold, and one of each for a student. */
const holdsAndCases = ({ cases, records }: Seen): string[] => {
  const byId = new Map(cases.map((one) => [one._id, one]));
  const holders = new Map(records.map((one) => [one._id, one.hold]));
  const underWay = cases.filter(({ state }) => !over.includes(state));
  return [
    ...records.flatMap(({ _id, hold }) => {
      if (!hold) return [];
      const by = byId.get(hold.case);
      if (!by) return [`student ${_id} is held by a case that does not exist`];
      return over.includes(by.state) ? [`student ${_id} is held by a case that is over (${by.state})`] : [];
    }),
    ...underWay.flatMap(({ _id, state, student, to }) => {
      const hold = holders.get(student);
      if (hold?.case !== _id) return [`case ${_id} is under way (${state}) without a hold`];
      return hold.toClass === to.class ? [] : [`case ${_id} keeps a seat in another class than its own`];
    }),
    ...twice(underWay.map(({ student }) => `student ${student}`)).map((one) => `${one} has two cases under way`),
  ];
};

/** Both states wait for an answer of the registry; when everything is heard, none is left. */
const between = ({ cases }: Seen): string[] =>
  cases.flatMap(({ _id, state }) =>
    state === 'filed' || state === 'moving' ? [`case ${_id} stopped between (${state})`] : [],
  );

const counters = ({ classes, records }: Seen): string[] => {
  const seated = countBy(records.flatMap((one) => (one.registration === 'undone' ? [] : [one.class])));
  const kept = countBy(records.flatMap(({ hold }) => (hold ? [hold.toClass] : [])));
  return classes.flatMap(({ _id, seats }) => [
    ...off(`class ${_id}: taken`, seats.taken, seated.get(_id) ?? 0, 'seated'),
    ...off(`class ${_id}: reserved`, seats.reserved, kept.get(_id) ?? 0, 'held for it'),
  ]);
};

const off = (what: string, counted: number, found: number, how: string): string[] =>
  counted === found ? [] : [`${what} says ${counted}, ${found} ${how}`];

/** A student leaves the seat it had, for the seat of a case that says it is completed, once. */
const moves = ({ cases, records, seats }: Seen): string[] => {
  const wrong: string[] = [];
  const byId = new Map(cases.map((one) => [one._id, one]));
  const at = new Map<string, string>();
  for (const { student, from, to, case: by } of seats) {
    if (by !== undefined) {
      if (from !== at.get(student)) wrong.push(`student ${student} left a seat that was not its own`);
      const moving = byId.get(by);
      if (moving?.state !== 'completed') wrong.push(`student ${student} was moved by case ${by}, ${moving?.state}`);
      else if (moving.to.class !== to) wrong.push(`case ${by} moved into another class than its own`);
    } else if (at.has(student)) wrong.push(`student ${student} was seated twice`);
    at.set(student, to);
  }
  const moved = seats.flatMap((one) => (one.case === undefined ? [] : [one.case]));
  for (const one of twice(moved)) wrong.push(`case ${one} moved twice`);
  for (const { _id, state } of cases)
    if (state === 'completed' && !moved.includes(_id)) wrong.push(`case ${_id} is completed, and nobody moved`);
  for (const { _id, class: seat } of records)
    if (at.get(_id) !== seat) wrong.push(`student ${_id} sits elsewhere than the journal tells`);
  return wrong;
};

/** A student who is seated in one class here and in another there is seated in two. */
const copies = ({ records, copies: heard }: Seen): string[] => {
  const byId = new Map(heard.map((one) => [one._id, one]));
  return records.flatMap((record) => {
    const copy = byId.get(record._id);
    return [
      ...(copy?.class === record.class ? [] : [`student ${record._id} is seated in two classes`]),
      ...(copy?.held?.case === record.hold?.case ? [] : [`student ${record._id} is held in one service only`]),
    ];
  });
};

const countBy = (values: string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};

const twice = (values: string[]): string[] => [...countBy(values)].flatMap(([value, n]) => (n > 1 ? [value] : []));
