import type { Configured } from '#libs/policy';
import type { CopyPart, Missing } from './copy';

/** What a part holds of what a file should hold, by the code of the pack. */
const isIn: Record<string, (registry: Record<string, unknown>, papers: ReadonlySet<string>) => boolean> = {
  basicInfo: ({ basicInfo }) => typeof basicInfo === 'object' && basicInfo !== null && 'name' in basicInfo,
  changes: ({ events }) => Array.isArray(events) && events.length > 0,
  results: ({ results }, papers) => results !== undefined || papers.has('results'),
  awards: ({ awards }, papers) => awards !== undefined || papers.has('awards'),
  punishments: ({ punishments }, papers) => punishments !== undefined || papers.has('punishments'),
  graduationCertificate: (_, papers) => papers.has('graduationCertificate') || papers.has('endingCertificate'),
};

/** What is missing, first of all (SCH3-AR1): contents that the pack names, and papers that an owner names and lacks. */
export const missingOf = (
  demanded: Configured<string[]> | undefined,
  registry: Record<string, unknown>,
  parts: readonly CopyPart[],
): Missing[] => {
  const papers = new Set(
    parts.flatMap((part) => (part.papers ?? []).filter(({ missing }) => !missing).map(({ name }) => name)),
  );
  const contents = (demanded?.value ?? [])
    .filter((item) => !isIn[item]?.(registry, papers))
    .map((item): Missing => ({ item, citation: demanded!.citation }));
  const lost = parts.flatMap(({ owner, papers: own }) =>
    (own ?? []).filter(({ missing }) => missing).map(({ name }): Missing => ({ item: `paper:${name}`, owner })),
  );
  return [...contents, ...lost];
};
