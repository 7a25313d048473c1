import { addDays, LocalDate } from './local-date';
import { Loosened } from './merge';
import { Pack } from './pack';
import { PackFile, problemsOfPackFile, rulesWithin } from './pack-file';
import { Difference, differencesBetween } from './difference';

/** A pack file with the name under which a person finds it. */
export interface NamedFile {
  name: string;
  content: unknown;
}

/** Packs that may not be loaded: one line per fault, each naming file, parameter and reason. */
export class PolicyInvalid extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The policy packs are not valid:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
    this.name = 'PolicyInvalid';
  }
}

/** No pack of the line judges a fact of that day (GZ-SC5): neither allowed nor refused by it. */
export class NoneInForce extends Error {
  constructor(
    readonly line: string,
    readonly on: LocalDate,
    /** First day on which the line has a pack after `on`. */
    readonly startsOn?: LocalDate,
  ) {
    super(
      `No pack of the line "${line}" is in force on ${on}${startsOn ? `; the next one starts on ${startsOn}` : ''}`,
    );
    this.name = 'NoneInForce';
  }
}

/** A line of one place was asked to judge another place (R5-34). */
export class OutOfPlace extends Error {
  constructor(line: string, place: string, path: string) {
    super(`The line "${line}" holds in ${place} alone and not at ${path}`);
    this.name = 'OutOfPlace';
  }
}

export interface LineInfo {
  line: string;
  extends?: string;
  place?: string;
  packs: { id: string; from: LocalDate; to?: LocalDate; trial: boolean; invented?: string }[];
}

const inForce = (file: PackFile, on: LocalDate) => file.from <= on && (file.to === undefined || on <= file.to);

/** Values that name a rule which neither their own pack nor one below it in the chain has. */
const missingRules = (chain: readonly PackFile[]): string[] =>
  Object.entries(chain[0].values).flatMap(([parameter, value]) =>
    [...new Set(rulesWithin(value))]
      .filter((rule) => !chain.some((file) => Object.hasOwn(file.rules, rule)))
      .map((rule) => `${parameter}: rule ${rule} stands neither in this pack nor in one it rests on`),
  );

/** All lines with all their versions. Built once at start; every fault of a pack is found then. */
export class Policy {
  private readonly byLine = new Map<string, PackFile[]>();
  private readonly byId = new Map<string, PackFile>();
  private readonly built = new Map<string, Pack>();

  /** @throws PolicyInvalid */
  constructor(files: readonly NamedFile[]) {
    const hasRule = (id: string) =>
      files.some(({ content }) => Object.hasOwn((content as Partial<PackFile> | null)?.rules ?? {}, id));
    const problems = files.flatMap(({ name, content }) =>
      [...problemsOfPackFile(content, hasRule)].map((problem) => `${name}: ${problem}`),
    );
    if (problems.length > 0) throw new PolicyInvalid(problems);
    const nameOf = new Map<PackFile, string>();
    for (const { name, content } of files) {
      const file = content as PackFile;
      nameOf.set(file, name);
      const twin = this.byId.get(file.id);
      if (twin) problems.push(`${name}: pack id "${file.id}" stands already in ${nameOf.get(twin)}`);
      this.byId.set(file.id, file);
      this.byLine.set(file.line, [...(this.byLine.get(file.line) ?? []), file]);
    }
    for (const versions of this.byLine.values()) {
      versions.sort((a, b) => (a.from < b.from ? -1 : 1));
      versions.slice(1).forEach((later, index) => {
        const earlier = versions[index];
        if (earlier.to === undefined || earlier.to >= later.from)
          problems.push(`${nameOf.get(later)}: its period overlaps that of ${nameOf.get(earlier)}`);
        if (earlier.extends !== later.extends || earlier.place !== later.place)
          problems.push(`${nameOf.get(later)}: "extends" and "place" must be those of ${nameOf.get(earlier)}`);
      });
    }
    for (const file of this.byId.values()) problems.push(...this.problemsOfChain(file, nameOf.get(file)!));
    if (problems.length > 0) throw new PolicyInvalid(problems);
  }

  /**
   * The pack of a line that judges a fact of a day, its base lines resolved by the same day.
   * @param path path of the office it is to hold for, e.g. `/520000/520100/520103/`
   * @throws NoneInForce, OutOfPlace
   */
  packAt(line: string, on: LocalDate, path?: string): Pack {
    const found = this.inForce(line, on);
    if (!found.inForce) throw new NoneInForce(line, on, found.startsOn);
    if (path !== undefined && !this.appliesAt(line, path)) throw new OutOfPlace(line, found.pack.place ?? '', path);
    return found.pack;
  }

  /** Like `packAt`, with "none in force" as an answer. */
  inForce(line: string, on: LocalDate): { inForce: true; pack: Pack } | { inForce: false; startsOn?: LocalDate } {
    const versions = this.versionsOf(line);
    const file = versions.find((version) => inForce(version, on));
    if (!file) return { inForce: false, startsOn: versions.find((version) => version.from > on)?.from };
    return { inForce: true, pack: this.build(this.chainOf(file, on)) };
  }

  /** The pack that a case was filed under, exactly as it stood then (CZ-GEN2). */
  pack(id: string): Pack {
    const known = this.built.get(id);
    if (known) return known;
    const ids = id.split('+');
    const files = ids.map((one) => this.byId.get(one));
    if (files.some((file) => !file)) throw new Error(`There is no pack "${id}"`);
    const [own, ...rest] = files as PackFile[];
    return this.build(rest.length > 0 ? [own, ...rest] : this.chainOf(own, own.from));
  }

  /** Whether a line may be set for the office at `path`: a line of a place holds in and under that place alone. */
  appliesAt(line: string, path: string): boolean {
    const place = this.versionsOf(line)[0].place;
    return place === undefined || path.split('/').includes(place);
  }

  lines(): LineInfo[] {
    return [...this.byLine].map(([line, versions]) => ({
      line,
      extends: versions[0].extends,
      place: versions[0].place,
      packs: versions.map(({ id, from, to, trial, invented }) => ({ id, from, to, trial: trial ?? false, invented })),
    }));
  }

  hasLine(line: string): boolean {
    return this.byLine.has(line);
  }

  /** What changed in a line between two days: parameters and rules. */
  differences(line: string, from: LocalDate, to: LocalDate): Difference[] {
    return differencesBetween(this.packAt(line, from), this.packAt(line, to));
  }

  private versionsOf(line: string): PackFile[] {
    const versions = this.byLine.get(line);
    if (!versions) throw new Error(`There is no line "${line}"`);
    return versions;
  }

  private chainOf(file: PackFile, on: LocalDate): PackFile[] {
    if (file.extends === undefined) return [file];
    const base = this.versionsOf(file.extends).find((version) => inForce(version, on));
    if (!base) throw new NoneInForce(file.extends, on);
    return [file, ...this.chainOf(base, on)];
  }

  /** A chain is named by its own pack alone while its bases are those of the pack's first day. */
  private build(chain: PackFile[]): Pack {
    const own = chain[0];
    const first = this.chainOf(own, own.from);
    const usual = first.length === chain.length && first.every((file, index) => file === chain[index]);
    const id = usual ? own.id : chain.map((file) => file.id).join('+');
    const known = this.built.get(id);
    if (known) return known;
    const pack = new Pack(id, chain);
    this.built.set(id, pack);
    return pack;
  }

  /** Builds the file's chain for every day on which something in it changes. */
  private problemsOfChain(file: PackFile, name: string): string[] {
    const lines = [file.line];
    for (let base = file.extends; base !== undefined; base = this.byLine.get(base)![0].extends) {
      if (!this.byLine.has(base)) return [`${name}: extends "${base}", and there is no such line`];
      if (lines.includes(base)) return [`${name}: extends itself in a circle: ${[...lines, base].join(' → ')}`];
      lines.push(base);
    }
    const changes = lines
      .flatMap((line) => this.byLine.get(line)!)
      .flatMap(({ from, to }) => (to === undefined ? [from] : [from, addDays(to, 1)]))
      .filter((day) => inForce(file, day));
    const problems = new Set<string>();
    for (const day of [...new Set([file.from, ...changes])].sort()) {
      try {
        const chain = this.chainOf(file, day);
        const missing = missingRules(chain);
        missing.forEach((problem) => problems.add(`${name}: ${problem}`));
        if (missing.length === 0) this.build(chain);
      } catch (error) {
        if (error instanceof NoneInForce) problems.add(`${name}: rests on "${error.line}", not in force on ${day}`);
        else if (error instanceof Loosened) problems.add(`${name}: ${error.message}`);
        else throw error;
      }
    }
    return [...problems];
  }
}
