import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { loadCalendar } from '#libs/policy';
import type { CaseStory, Check } from './story';

/** What the picture takes from the summary of a run. */
interface Summary {
  counts: Record<string, Record<string, number>>;
  checks: Check[];
  case: CaseStory;
}

const parties: Record<string, string> = {
  outSchool: '转出学校 old school',
  outAuthority: '其主管县 its county',
  inAuthority: '转入县 new county',
};

const left = 196;
const dayWidth = 50;
const laneHeight = 46;
const top = 92;
const ink = '#1f2933';
const muted = '#66727f';
const colours = { step: '#9ec5e8', waited: '#e8b4a0', acted: '#1d6fa5', due: '#b3541e', registry: '#3c7a4f' };

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
const text = (x: number, y: number, words: string, more = ''): string =>
  `<text x="${x}" y="${y}" ${more}>${escaped(words)}</text>`;
const dayAfter = (date: string): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
const inChina = (at: string): string => new Date(Date.parse(at) + 8 * 3_600_000).toISOString().slice(0, 10);

/** The transfer of the demo over its days, with what was counted in the whole run. Drawn from the summary alone. */
const draw = ({ counts, checks, case: told }: Summary): string => {
  const moments = told.timeline.map((entry) => ({ ...entry, on: inChina(entry.at) }));
  const days: string[] = [];
  for (let day = told.filed.on; day <= moments[moments.length - 1].on; day = dayAfter(day)) days.push(day);
  const calendar = loadCalendar().forOffice('/');
  const x = (day: string, part = 0.5): number => left + (days.indexOf(day) + part) * dayWidth;
  const width = left + days.length * dayWidth + 24;
  const lane = (n: number): number => top + n * laneHeight;
  const lanes = told.steps.length + 2;
  const dot = (day: string, y: number, colour: string) => `<circle cx="${x(day)}" cy="${y}" r="5" fill="${colour}"/>`;
  const label = (day: string, y: number, words: string, colour = ink) =>
    text(x(day), y, words, `text-anchor="middle" fill="${colour}" font-size="10"`);
  const on = (what: string) => moments.find((entry) => entry.what === what)?.on ?? told.filed.on;

  const ground = days.flatMap((day) => {
    const free = !calendar.isWorkingDay(day);
    const makeUp = !free && [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay());
    return [
      `<rect x="${x(day, 0)}" y="${top - 30}" width="${dayWidth}" height="${lanes * laneHeight + 30}" fill="${free ? '#eef0f2' : makeUp ? '#fdf3d8' : '#fff'}"/>`,
      label(day, top - 14, day.slice(5), free ? muted : ink),
    ];
  });
  const names = [told.filed.by, ...told.steps.map(({ office }) => office), '学籍登记服务'];
  const roles = ['转入学校 new school', ...told.steps.map(({ party }) => parties[party] ?? party), 'registry'];
  const heads = names.flatMap((name, i) => [
    text(left - 12, lane(i) + 20, name, `text-anchor="end" font-size="12" fill="${ink}"`),
    text(left - 12, lane(i) + 34, roles[i], `text-anchor="end" font-size="10" fill="${muted}"`),
    `<line x1="12" x2="${width - 12}" y1="${lane(i)}" y2="${lane(i)}" stroke="#dde1e6"/>`,
  ]);
  const steps = told.steps.flatMap((step, i) => {
    const y = lane(i + 1) + 22;
    const late = step.actedOn > step.dueOn;
    const bar = (from: number, to: number, colour: string) =>
      `<rect x="${from}" y="${y - 5}" width="${Math.max(4, to - from)}" height="10" rx="3" fill="${colour}"/>`;
    return [
      bar(x(step.arrivedOn), late ? x(step.dueOn, 1) : x(step.actedOn), colours.step),
      ...(late ? [bar(x(step.dueOn, 1), x(step.actedOn), colours.waited)] : []),
      `<line x1="${x(step.dueOn, 1)}" x2="${x(step.dueOn, 1)}" y1="${y - 14}" y2="${y + 12}" stroke="${colours.due}" stroke-width="2"/>`,
      text(x(step.dueOn, 1) + 4, y - 8, 'due', `font-size="10" fill="${colours.due}"`),
      ...(step.remindedOn && step.remindedOn < (step.overdueOn ?? step.actedOn)
        ? [label(step.remindedOn, y + 20, 'reminded')]
        : []),
      ...(step.overdueOn
        ? [dot(step.overdueOn, y, colours.due), label(step.overdueOn, y + 20, 'told to the city')]
        : []),
      dot(step.actedOn, y, colours.acted),
      label(step.actedOn, y + 20, step.remindedOn === step.actedOn ? 'reminded, acts' : 'acts'),
    ];
  });
  const ends = [
    dot(told.filed.on, lane(0) + 22, colours.acted),
    label(told.filed.on, lane(0) + 42, 'files'),
    dot(on('held'), lane(lanes - 1) + 22, colours.registry),
    label(on('held'), lane(lanes - 1) + 42, 'holds'),
    dot(on('moved'), lane(lanes - 1) + 22, colours.registry),
    label(on('moved'), lane(lanes - 1) + 42, 'seat moves'),
  ];
  const all = (name: string) => Object.values(counts).reduce((sum, one) => sum + (one[name] ?? 0), 0);
  const n = (number: number) => number.toLocaleString('en-US');
  const figures = [
    [n(all('entered')), 'children entered 录入学生'],
    [n(all('bad rows')), 'wrong rows named 错误行'],
    [n(all('numbers G') + all('numbers L')), 'numbers given 学籍号'],
    [n(all('steps')), 'steps over HTTP 业务步骤'],
    [n(all('tried by strangers and refused')), "strangers' tries refused 越权被拒"],
    [`${all('deadlines fired by alarm')} + ${all('deadlines fired by sweeper')}`, 'deadlines: alarm + sweeper 期限'],
    [`${checks.filter(({ holds }) => holds).length} / ${checks.length}`, 'checks hold 检查成立'],
  ];
  const below = lane(lanes) + 24;
  const each = (width - 24) / figures.length;
  const cards = figures.flatMap(([number, words], i) => {
    const [english, chinese] = [words.replace(/ [\u4e00-\u9fff]+$/, ''), /[\u4e00-\u9fff]+$/.exec(words)?.[0] ?? ''];
    const middle = 12 + (i + 0.5) * each;
    return [
      text(middle, below + 22, number, `text-anchor="middle" font-size="20" font-weight="600" fill="${colours.acted}"`),
      text(middle, below + 40, english, `text-anchor="middle" font-size="10" fill="${muted}"`),
      text(middle, below + 55, chinese, `text-anchor="middle" font-size="10" fill="${muted}"`),
    ];
  });
  const height = below + 72;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, 'Noto Sans CJK SC', 'PingFang SC', sans-serif">`,
    '<title>A transfer over the National Day holiday, from the summary of a run of the demo</title>',
    `<rect width="${width}" height="${height}" rx="8" fill="#fff"/>`,
    text(
      12,
      28,
      '一次跨县转学 · A transfer between two counties, over the National Day holiday',
      `font-size="16" font-weight="600" fill="${ink}"`,
    ),
    text(
      12,
      46,
      '灰：非工作日 grey: no working day · 黄：调休上班 yellow: make-up day · 每步 2 个工作日 two working days for each step',
      `font-size="11" fill="${muted}"`,
    ),
    ...ground,
    ...heads,
    ...steps,
    ...ends,
    `<line x1="12" x2="${width - 12}" y1="${lane(lanes)}" y2="${lane(lanes)}" stroke="#dde1e6"/>`,
    ...cards,
    '</svg>',
    '',
  ].join('\n');
};

const [from, to] = process.argv.slice(2);
if (!from || !to) {
  console.error('usage: node dist/tools/demo/src/picture.js SUMMARY.json PICTURE.svg');
  process.exitCode = 2;
} else {
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, draw(JSON.parse(readFileSync(from, 'utf8')) as Summary));
}
