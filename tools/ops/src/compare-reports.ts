import { Ask } from './operator';
import { Promised } from './promised';
import { slices } from './slices';

interface Roll {
  classes: { class: string; seated: number }[];
  next?: string;
}

const rollOf = async (ask: Ask, service: string): Promise<Map<string, number>> => {
  const roll = new Map<string, number>();
  for await (const { classes } of slices<Roll>(ask, `/api/${service}/v1/operator/roll`))
    for (const { class: id, seated } of classes) roll.set(id, seated);
  return roll;
};

/** Head counts are folded from events and the registry's from its records: two ways to one number, class by class. */
export const headCounts = (ask: Ask): Promised => ({
  name: 'head counts are those of the records, class by class',
  async look() {
    const [records, counts] = [await rollOf(ask, 'registry'), await rollOf(ask, 'reports')];
    const broken = new Map<string, string>();
    for (const id of new Set([...records.keys(), ...counts.keys()])) {
      const [seated, counted] = [records.get(id) ?? 0, counts.get(id) ?? 0];
      if (seated !== counted) broken.set(id, `class ${id}: ${seated} on roll, ${counted} counted by reports`);
    }
    return { counted: records.size, broken };
  },
});
