import { said } from './story';
import { CaseView, file, reaches, Wish } from './transfer-case';
import { World } from './world';

/** What later chapters need of Lucheng. */
export interface Lucheng {
  clerk: string;
  school: string;
  wish(student: string, grade: number, overrides?: Wish['overrides']): Wish;
  pupil(grade: number, n: number): string;
}

export const cites = (view: CaseView, rule: string): boolean =>
  view.outcome?.citations?.some((citation) => citation.rule === rule) ?? false;

export const outcomeOf = ({ state, outcome }: CaseView): string =>
  [
    state,
    outcome?.code,
    outcome?.facts && JSON.stringify(outcome.facts),
    ...(outcome?.citations ?? []).map(({ rule, document, article }) => `${rule}《${document}》${article}`),
  ]
    .filter(Boolean)
    .join(' ');

/** Files, and waits for the answer of the registry. */
export const refusedOrHeld = async (world: World, lu: Lucheng, student: string, grade: number): Promise<CaseView> => {
  const filed = await file(world, lu.wish(student, grade));
  if (filed.status >= 300) throw new Error(`filing: ${said(filed)}`);
  return reaches(world, lu.clerk, filed.body.id, ({ state }) => state !== 'filed', 'an answer of the registry');
};
