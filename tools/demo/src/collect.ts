import { randomUUID } from 'node:crypto';
import { children, guizhouSchools, rowOf, schoolYear, spoiledRows } from '../../sample-province/src';
import { clerkOf } from './accounts';
import { enterByForm } from './enter-pupils';
import { minimumAge } from './minimum-age';
import { Places } from './open-places';
import { Story } from './story';
import { commit, fewAtOnce, Intake, settled, uploadBytes, uploadRows } from './workbooks';
import { World } from './world';

const per = 72;

/** Every primary and junior school of Guizhou collects its new children by workbook. */
export const collect = async (world: World, story: Story, places: Places): Promise<Intake> => {
  story.begin('collection', 'Collection · 信息采集');
  world.moveTo('2026-09-11T09:00');
  const collecting = guizhouSchools().filter(({ stages }) => stages.some((stage) => stage !== 'senior'));
  const intake: Intake = { schools: [] };
  let from = 0;
  for (const school of collecting) {
    const stage = school.stages.includes('primary') ? 'primary' : 'junior';
    const names = places.classNames(school.code, stage, stage === 'primary' ? 1 : 7);
    const made = children(per, { seed: 7, classes: names, stage, county: school.parent, from });
    from += per;
    intake.schools.push({ school, stage, children: made });
  }
  story.tell(`${collecting.length} schools, ${from} invented children of ${schoolYear}`);

  const [first, ...rest] = intake.schools;
  await collectWithMistakes(world, story, places, first);
  await fewAtOnce(rest, async ({ school, children: made }) => {
    const clerk = world.as(clerkOf(school.code));
    const checked = await uploadRows(clerk, school.code, made.map(rowOf));
    if (checked.state !== 'checked' || checked.found.bad > 0) {
      const rows = await clerk.must(`/api/registry/v1/collections/${checked.id}/bad-rows`);
      throw new Error(`${school.code}: ${JSON.stringify(checked)} ${JSON.stringify(rows).slice(0, 1200)}`);
    }
    const written = await commit(clerk, checked.id, false);
    story.count('entered', written.written.new);
  });
  const entered = story.counts.collection.entered;
  story.tell(`${entered} children of ${intake.schools.length} schools entered from workbooks`);
  await enterByForm(world, story, places, rest[0].school);
  await minimumAge(world, story, places, intake);
  return intake;
};

/** One school's workbook holds wrong rows of every kind; it is corrected, re-sent, undone and sent again. */
const collectWithMistakes = async (
  world: World,
  story: Story,
  places: Places,
  { school, children: made }: Intake['schools'][number],
): Promise<void> => {
  const clerk = world.as(clerkOf(school.code));
  const names = places.classNames(school.code, 'primary', 1);
  const wrong = spoiledRows(made, { seed: 11, classes: names, county: school.parent, from: 900_000 });
  const checked = await uploadRows(clerk, school.code, [...made.map(rowOf), ...wrong.map(({ row }) => row)]);
  story.count('bad rows', checked.found.bad);
  story.tell(`${school.name}: ${checked.found.rows} rows, ${checked.found.bad} wrong, nothing written in the dry run`);
  const students = async () =>
    (await clerk.must<{ items: unknown[] }>(`/api/registry/v1/students?school=${school.code}&limit=200`)).items.length;
  story.check('the dry run writes no child', (await students()) === 0, 'list of the school is empty');
  const rows = await clerk.must<{ items: { row: number; problems: { code: string }[] }[] }>(
    `/api/registry/v1/collections/${checked.id}/bad-rows?limit=500`,
  );
  const found = new Map(rows.items.map((one) => [one.row, one.problems.map(({ code }) => code)]));
  const missed = wrong.filter(({ expect }, i) => {
    const told = found.get(made.length + i + 3) ?? [];
    return !expect.every((code) => told.includes(code));
  });
  story.check(
    `each of ${wrong.length} wrong rows names its own mistake`,
    missed.length === 0,
    missed.length
      ? `missed: ${missed.map(({ what }) => what).join(', ')}`
      : kindsOf(wrong.flatMap(({ expect }) => expect)),
  );
  const marked = await clerk.download(`/api/registry/v1/collections/${checked.id}/marked-workbook`);
  const again = await uploadBytes(clerk, school.code, marked);
  // Rows that were wrong because of another row stand alone now, and a formula came back as the value shown.
  const alone = wrong.filter(({ judgedBy, expect }) => judgedBy === 'row' && !expect.includes('cell-formula')).length;
  story.check(
    'the marked workbook can be uploaded as it is',
    again.found.rows === wrong.length && again.found.bad >= alone,
    `${again.found.bad} of ${again.found.rows} rows still wrong`,
  );
  await clerk.refused(409, `/api/registry/v1/collections/${checked.id}/commit`, {});
  const written = await commit(clerk, checked.id, true);
  story.check(
    'only the good rows are written, on explicit choice',
    written.written.new === made.length,
    `${written.written.new} entered`,
  );
  const sameAgain = await uploadRows(clerk, school.code, [...made].reverse().map(rowOf));
  const unchanged = await commit(clerk, sameAgain.id, false);
  story.check(
    'the same children in another order and file change nothing',
    unchanged.written.unchanged === made.length && unchanged.written.new === 0,
    `${unchanged.written.unchanged} unchanged, ${unchanged.written.new} new`,
  );
  const before = await clerk.must<{ items: { student: string }[] }>(
    `/api/registry/v1/students?school=${school.code}&limit=200`,
  );
  await clerk.must(`/api/registry/v1/collections/${checked.id}/undo`, {}, { 'idempotency-key': randomUUID() });
  const undone = await settled(clerk, checked.id);
  story.check(
    'the batch is undone',
    undone.state === 'undone' && undone.undone === made.length && (await students()) === 0,
    `${undone.undone} entries taken back`,
  );
  const third = await uploadRows(clerk, school.code, made.map(rowOf));
  const back = await commit(clerk, third.id, false);
  const after = await clerk.must<{ items: { student: string }[] }>(
    `/api/registry/v1/students?school=${school.code}&limit=200`,
  );
  const ids = new Set(before.items.map(({ student }) => student));
  story.check(
    'after an undo the same children are the same persons',
    back.written.again === made.length && after.items.every(({ student }) => ids.has(student)),
    'record ids before and after',
  );
  story.count('entered', made.length);
};

/** `under-age 2, …`, the commonest first. */
const kindsOf = (codes: string[]): string => {
  const kinds = [...Map.groupBy(codes, (code) => code)].sort(([, a], [, b]) => b.length - a.length);
  return `${kinds.length} kinds: ${kinds.map(([code]) => code).join(', ')}`;
};
