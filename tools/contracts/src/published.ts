import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventDefinition } from '#libs/contracts';
import { incompatibilities } from './compatible';
import { plain, Schema } from './schema';

/** One version of an event as it was published, with data of its time. */
export interface Version {
  schema: Schema;
  sample: unknown;
}

/** Every version ever published of every event, one file per type, oldest first. */
export class Published {
  constructor(
    private readonly folder: string,
    private readonly samples: string,
  ) {}

  types(): string[] {
    const files = existsSync(this.folder) ? readdirSync(this.folder) : [];
    return files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length));
  }

  versions(type: string): Version[] {
    const file = this.file(type);
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { versions: Version[] }).versions : [];
  }

  sampleOf(type: string): unknown {
    return JSON.parse(readFileSync(join(this.samples, `${type}.json`), 'utf8'));
  }

  /** Whether the newest version is the definition's. Words for people may change without a version. */
  isCurrent({ type, schema }: EventDefinition): boolean {
    const last = this.versions(type).at(-1);
    return last !== undefined && same(last.schema, plain(schema));
  }

  /** What keeps a definition apart from any former version, each with the number of that version. */
  faultsOf({ type, schema }: EventDefinition): string[] {
    const later = plain(schema);
    return this.versions(type).flatMap((version, index) =>
      incompatibilities(version.schema, later).map((fault) => `${type} against version ${index + 1}: ${fault}`),
    );
  }

  /** Adds the definition as the newest version. */
  add({ type, schema }: EventDefinition): void {
    const versions = [...this.versions(type), { schema: plain(schema), sample: this.sampleOf(type) }];
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(this.file(type), `${JSON.stringify({ type, versions }, null, 2)}\n`);
  }

  private file(type: string): string {
    return join(this.folder, `${type}.json`);
  }
}

const same = (one: Schema, other: Schema): boolean => JSON.stringify(shapeOf(one)) === JSON.stringify(shapeOf(other));

/** Without descriptions, and in one order. */
const shapeOf = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(shapeOf);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).filter(([word, value]) => word !== 'description' || typeof value === 'object');
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([word, value]) => [word, shapeOf(value)]),
  );
};
