import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LocalLayer, problemsOfYear, WorkingCalendar, YearOfOrders } from './calendar';
import { NamedFile, Policy, PolicyInvalid } from './policy';

export interface PolicyOptions {
  /** Folder with the packs that all others rest on; absent: those that come with the program. */
  packsDir?: string;
  /** Folder with more packs: a county's own, a province's, or those of a test. */
  extraPacksDir?: string;
}

const readFolder = (folder: string): NamedFile[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      try {
        return { name: file, content: JSON.parse(readFileSync(join(folder, file), 'utf8')) as unknown };
      } catch (error) {
        throw new PolicyInvalid([`${file}: ${(error as Error).message}`]);
      }
    });

/**
 * Reads and validates every pack. Called once at start.
 * @throws PolicyInvalid naming file, parameter and reason of every fault
 */
export const loadPolicy = (options: PolicyOptions = {}): Policy =>
  new Policy([
    ...readFolder(options.packsDir ? resolve(options.packsDir) : join(__dirname, '../data/lines')),
    ...(options.extraPacksDir ? readFolder(resolve(options.extraPacksDir)) : []),
  ]);

/**
 * Reads the yearly orders on holidays, and days on which single offices are closed.
 * @param layers closed days by office
 * @throws PolicyInvalid naming file and reason of every fault
 */
export const loadCalendar = (layers: readonly LocalLayer[] = []): WorkingCalendar => {
  const files = readFolder(join(__dirname, '../data/working-days'));
  const problems = files.flatMap(({ name, content }) =>
    [...problemsOfYear(content)].map((problem) => `${name}: ${problem}`),
  );
  if (problems.length > 0) throw new PolicyInvalid(problems);
  return new WorkingCalendar(
    files.map(({ content }) => content as YearOfOrders),
    layers,
  );
};
