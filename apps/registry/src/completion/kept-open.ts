import { gradesOfStage, ProblemItem, Stage } from '#libs/contracts';
import type { LocalDate, Pack } from '#libs/policy';
import { marked, StudentRecord } from '../students/record';

/**
 * Last day of the years of compulsory education of a cohort; undefined where the stage is none of them or the years are
 * not configured. The text gives years and no day: read as the end of the last school year.
 */
export const compulsoryUntil = (stage: Stage, entryYear: number, pack: Pack): LocalDate | undefined => {
  const stages = pack.setting('compulsory.stages');
  const years = pack.setting('compulsory.years');
  if (!stages.configured || !stages.value.includes(stage) || !years.configured) return undefined;
  const began = entryYear - (gradesOfStage[stage].first - 1);
  return `${began + years.value}-08-31`;
};

/**
 * NAT-DO2, CZ-WD10: a dropout is a mark on an open record, which is kept through the years of compulsory education; it is
 * not closed before, by an ending either.
 */
export const keptOpen = (
  record: Pick<StudentRecord, 'stage' | 'entryYear' | 'marks'>,
  on: LocalDate,
  pack: Pack,
): ProblemItem | undefined => {
  const until = compulsoryUntil(record.stage, record.entryYear, pack);
  const rule = pack.rule('CZ-WD10') ?? pack.rule('NAT-DO2');
  if (!rule || until === undefined || on > until || !marked(record, 'dropout', on)) return undefined;
  return {
    code: 'dropout-kept-open',
    message: {
      zh: `该生辍学，义务教育年限内（至${until}）保留学籍，不得完结。`,
      en: `The student has dropped out; the record stays open through the compulsory years, until ${until}.`,
    },
    remedy: {
      zh: '该生继续保留在本班名下；返校后再办理毕业。',
      en: 'Leave the student in the class; end the stage after the return, or when those years are over.',
    },
    citation: rule.citation,
    facts: { until },
  };
};
