import { Ask } from './operator';
import { Promised } from './promised';
import { slices } from './slices';

interface Seats {
  classes: number;
  off: { class: string; taken: number; seated: number; reserved: number; held: number }[];
  next?: string;
}

interface Records {
  records: number;
  off: { student: string; what: 'no-seat' | 'number-of-another' | 'identity-of-another' }[];
  next?: string;
}

interface Held {
  case: string;
  student: string;
  toClass: string;
}

interface Case extends Held {
  state: string;
}

const wrong = {
  'no-seat': 'its class is none, or one of another school',
  'number-of-another': 'a number in it is claimed for another record, or for none',
  'identity-of-another': 'the identity in it is claimed for another record, or for none',
} as const;

/** What the registry promises by itself. */
export const atRegistry = (ask: Ask): Promised[] => [
  {
    name: 'a class counts the records seated and held in it',
    async look() {
      let counted = 0;
      const broken = new Map<string, string>();
      for await (const slice of slices<Seats>(ask, '/api/registry/v1/operator/seats')) {
        counted += slice.classes;
        for (const { class: id, taken, seated, reserved, held } of slice.off)
          broken.set(id, `class ${id}: ${taken} taken, ${seated} seated; ${reserved} reserved, ${held} held`);
      }
      return { counted, broken };
    },
  },
  {
    name: 'every record has one seat, and no number or identity is in two',
    async look() {
      let counted = 0;
      const broken = new Map<string, string>();
      for await (const slice of slices<Records>(ask, '/api/registry/v1/operator/records')) {
        counted += slice.records;
        for (const { student, what } of slice.off)
          broken.set(`${student} ${what}`, `record ${student}: ${wrong[what]}`);
      }
      return { counted, broken };
    },
  },
];

/** Between registry and transfer, in both directions. A case is asked for after the holds: what is new then is looked at again. */
export const holdsAndCases = (ask: Ask): Promised => ({
  name: 'no hold without a case, no case without a hold',
  async look() {
    const holds: Held[] = [];
    const cases = new Map<string, Case>();
    for await (const slice of slices<{ holds: Held[]; next?: string }>(ask, '/api/registry/v1/operator/holds'))
      holds.push(...slice.holds);
    for await (const slice of slices<{ cases: Case[]; next?: string }>(ask, '/api/transfer/v1/operator/cases'))
      for (const one of slice.cases) cases.set(one.case, one);
    return { counted: Math.max(holds.length, cases.size), broken: differences(holds, cases) };
  },
});

const differences = (holds: Held[], cases: Map<string, Case>): Map<string, string> => {
  const broken = new Map<string, string>();
  const holding = new Set<string>();
  for (const hold of holds) {
    const own = cases.get(hold.case);
    const what = `record ${hold.student} is held by case ${hold.case}`;
    if (!own) broken.set(`hold ${hold.case}`, `${what}, which is not under way`);
    else if (own.student !== hold.student) broken.set(`hold ${hold.case}`, `${what}, which is about ${own.student}`);
    else if (own.toClass !== hold.toClass)
      broken.set(`hold ${hold.case}`, `${what} for class ${hold.toClass}, and the case goes to ${own.toClass}`);
    if (holding.has(hold.case)) broken.set(`twice ${hold.case}`, `case ${hold.case} holds more than one record`);
    holding.add(hold.case);
  }
  for (const { case: id, state, student } of cases.values())
    if (!holding.has(id)) broken.set(`case ${id}`, `case ${id} is ${state} and does not hold the record of ${student}`);
  return broken;
};
