import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Strength } from './pack-file';

/** What the program does with a rule. */
export type RuleState = 'enforced' | 'recorded' | 'reminded' | 'reported' | 'na';

/** One rule of a legal text, in one line. */
export interface CatalogueRule {
  id: string;
  /** Title of the text. */
  document: string;
  article: string;
  strength: Strength;
  state: RuleState;
  /** Service that keeps it. */
  service: string;
  capability: string;
  /** Part of the product that works today: a test must name its id. */
  live: boolean;
  statement: string;
  /** A few words of the text itself, to find the place. */
  phrase: string;
}

/** Every rule of every text, in the order of the catalogue. */
export const loadCatalogue = (): CatalogueRule[] => {
  const folder = join(__dirname, '../data');
  const documents = JSON.parse(readFileSync(join(folder, 'documents.json'), 'utf8')) as Record<string, string>;
  const rows = parse(readFileSync(join(folder, 'catalogue.csv')), { columns: true }) as Record<string, string>[];
  return rows.map((row) => ({
    id: row.id,
    document: documents[row.document],
    article: row.article,
    strength: row.strength as Strength,
    state: row.state as RuleState,
    service: row.service,
    capability: row.capability,
    live: row.live === 'true',
    statement: row.statement,
    phrase: row.phrase,
  }));
};
