import { basename } from 'node:path';

/** A statement that must be true for the demo to have succeeded, with how it was found. */
export interface Check {
  chapter: string;
  name: string;
  how: string;
  holds: boolean;
}

export interface Chapter {
  key: string;
  title: string;
  /** Business time at its beginning, as it is read in China. */
  at: string;
  seconds: number;
}

/** A case as it tells itself, for the summary and the picture. */
export interface CaseStory {
  filed: { on: string; by: string };
  steps: {
    party: string;
    office: string;
    arrivedOn: string;
    dueOn: string;
    remindedOn?: string;
    overdueOn?: string;
    actedOn: string;
  }[];
  timeline: { at: string; what: string; office?: string; person?: string; rule?: string; article?: string }[];
}

const width = 118;

/** What the demo shows: lines for people; counts, checks and a timeline for the summary. */
export class Story {
  readonly chapters: Chapter[] = [];
  /** By chapter. */
  readonly counts: Record<string, Record<string, number>> = {};
  readonly checks: Check[] = [];
  case?: CaseStory;
  private readonly from = performance.now();
  private readonly tries: { account: string; path: string; status: number; done: boolean }[] = [];
  readonly repeats: string[] = [];
  private at = '';
  /** Business time that was shown last. */
  private shown = '';
  private lastBegan = performance.now();

  begin(key: string, title: string): void {
    this.end();
    this.lastBegan = performance.now();
    this.chapters.push({ key, title, at: this.at, seconds: 0 });
    this.counts[key] ??= {};
    const head = `── ${this.chapters.length} ${title} `;
    console.log(`\n${head}${'─'.repeat(Math.max(2, width - columns(head)))} ${this.seconds.toFixed(0)} s`);
    this.shown = '';
  }

  /** Closes the chapter under way: how many steps it had, and that strangers could do none of them. */
  end(): void {
    const chapter = this.chapters.at(-1);
    if (!chapter || chapter.seconds) return;
    const mine = this.tries.splice(0);
    if (mine.length) {
      const steps = mine.filter(({ done }) => done);
      const tried = mine.filter(({ done }) => !done);
      const through = tried.filter(({ status }) => status !== 403 && status !== 404);
      this.count('steps', steps.length);
      this.count('tried by strangers and refused', tried.length - through.length);
      const by = (status: number) => tried.filter((one) => one.status === status).length;
      this.check(
        'no step could be done by an officer of a county that is no party, nor from another school',
        through.length === 0 && tried.length >= steps.length,
        through.length
          ? through.map(({ account, path, status }) => `${account} ${path} ${status}`).join('; ')
          : `${steps.length} steps, ${tried.length} tries before them: ${by(403)} answered 403, ${by(404)} answered 404`,
      );
    }
    chapter.seconds = Number(((performance.now() - this.lastBegan) / 1000).toFixed(1));
  }

  /** Business time was moved. */
  moved(to: Date): void {
    this.at = inChina(to);
    const chapter = this.chapters.at(-1);
    // A chapter that begins with a move of the clock begins then.
    if (chapter && !this.shown) chapter.at = this.at;
  }

  tell(line: string): void {
    this.print(`     ${line}`.trimEnd());
  }

  /** With business time above the first line of a chapter, and of what follows a move of the clock. */
  private print(lines: string): void {
    if (this.at !== this.shown) console.log(`   ${this.at}`);
    this.shown = this.at;
    console.log(lines);
  }

  count(name: string, n: number): void {
    const key = this.chapters.at(-1)?.key;
    if (!key) return;
    const counts = (this.counts[key] ??= {});
    counts[name] = (counts[name] ?? 0) + n;
  }

  /** A step that was done, or the same call by somebody who may not. */
  called(account: string, path: string, status: number, done: boolean): void {
    this.tries.push({ account, path, status, done });
  }

  /** A call was made again because its answer came too late or not. */
  repeated(why: string): void {
    this.repeats.push(why);
  }

  check(name: string, holds: boolean, how: string): void {
    this.checks.push({ chapter: this.chapters.at(-1)?.key ?? '', name, how, holds });
    const line = `   ${holds ? '✓' : '✗'} ${name}`;
    this.print(
      columns(line) + columns(how) + 3 <= width ? `${line} · ${how}` : [line, ...wrapped(how)].join('\n       '),
    );
  }

  get failed(): Check[] {
    return this.checks.filter((check) => !check.holds);
  }

  get seconds(): number {
    return Number(((performance.now() - this.from) / 1000).toFixed(1));
  }
}

/** `Mon 2026-09-28 10:00` */
export const inChina = (at: Date): string => {
  const there = new Date(at.getTime() + 8 * 3_600_000);
  const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][there.getUTCDay()];
  return `${day} ${there.toISOString().slice(0, 10)} ${there.toISOString().slice(11, 16)}`;
};

/** A Chinese character takes two columns. */
const columns = (text: string): number =>
  [...text].reduce((sum, character) => sum + (/[\u2e80-\u9fff\uff00-\uffef]/u.test(character) ? 2 : 1), 0);

/** In lines of the width of the page, three at most, broken at a space where there is one. */
const wrapped = (text: string): string[] => {
  const lines: string[] = [];
  for (let rest = text; rest;) {
    const fits = fitting(rest);
    const space = rest.lastIndexOf(' ', fits);
    const end = fits < rest.length && space > fits / 2 ? space : fits;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return lines.length > 3 ? [...lines.slice(0, 2), `${lines[2]}…`] : lines;
};

/** How many characters fit into a line. */
const fitting = (text: string): number => {
  let end = 0;
  for (const character of text) {
    if (columns(text.slice(0, end + character.length)) > width - 8) break;
    end += character.length;
  }
  return end;
};

/** What a problem document says, in one line: `422 class-full, CZ-TR10 第十八条: …`. */
export const said = ({ status, body }: { status: number; body: Record<string, unknown> }): string => {
  const { type, detail, citation, items } = body as {
    type?: string;
    detail?: string;
    citation?: { rule: string; article: string };
    items?: { code: string; field?: string }[];
  };
  const article = citation ? `, ${citation.rule} ${citation.article}` : '';
  const found = items?.length
    ? ` (${items.map(({ field, code }) => [field, code].filter(Boolean).join(': ')).join('; ')})`
    : '';
  return `${status} ${type ? basename(type).split(':').at(-1) : ''}${article}${detail ? `: ${detail}` : ''}${found}`;
};
