import { gradesOfStage, type ProblemItem, type Stage } from '#libs/contracts';
import { type LocalDate, schoolYearOf } from '#libs/policy';
import { isSchool, Office, standsOn } from './office';

/** Seats of a class: pupils that sit in it, and seats kept for movements under way. */
export interface Seats {
  taken: number;
  reserved: number;
}

export interface SchoolClass {
  _id: string;
  school: string;
  /** Path of the school. */
  path: string;
  stage: Stage;
  /** Year in which its pupils entered the stage. */
  entryYear: number;
  /** Grade at opening, 1–12. */
  grade: number;
  name: string;
  /** School year of opening: `2026` for 2026/27. */
  schoolYear: string;
  version: number;
  seats: Seats;
}

export type ClassToOpen = Pick<SchoolClass, 'stage' | 'entryYear' | 'grade' | 'name' | 'schoolYear'>;

/** Grade of a class on a day: the one at opening, and one more with every school year since. */
export const gradeOn = (one: Pick<SchoolClass, 'grade' | 'schoolYear'>, on: LocalDate): number =>
  one.grade + Math.max(0, schoolYearOf(on) - Number(one.schoolYear));

/** Two names that differ in blanks or in width alone are one name to whoever reads a class list. */
export const classNameKey = (name: string): string => name.normalize('NFKC').replace(/\s/g, '').toLowerCase();

/** What is wrong with a class to be opened at an office on a day, each with its field. */
export const problemsOfClass = (one: ClassToOpen, school: Office, today: LocalDate): ProblemItem[] => {
  if (!isSchool(school)) {
    return [
      {
        field: 'school',
        code: 'not-a-school',
        message: { zh: `${school.name}不是学校。`, en: `${school._id} is not a school.` },
      },
    ];
  }
  const found: ProblemItem[] = [];
  if (!standsOn(school, today) && school.from <= today) {
    found.push({
      field: 'school',
      code: 'school-closed',
      message: { zh: `${school.name}已终止。`, en: `${school._id} has closed.` },
      facts: { to: school.to },
    });
  }
  if (school.closing) {
    found.push({
      field: 'school',
      code: 'school-closing',
      message: { zh: `${school.name}正在撤并。`, en: `${school._id} is being closed or merged.` },
    });
  }
  if (!school.school.stages.includes(one.stage)) {
    found.push({
      field: 'stage',
      code: 'stage-not-taught',
      message: { zh: `${school.name}不设该学段。`, en: `The school does not teach the ${one.stage} stage.` },
      remedy: { zh: '请选择学校已设的学段。', en: 'Choose a stage that the school teaches.' },
      facts: { stages: school.school.stages },
    });
  }
  const { first, last } = gradesOfStage[one.stage];
  const grade = first + Number(one.schoolYear) - one.entryYear;
  if (one.grade < first || one.grade > last) {
    found.push({
      field: 'grade',
      code: 'grade-of-another-stage',
      message: {
        zh: `该学段为${first}至${last}年级。`,
        en: `The grades of the ${one.stage} stage are ${first} to ${last}.`,
      },
      facts: { first, last },
    });
  } else if (one.grade !== grade) {
    found.push({
      field: 'grade',
      code: 'grade-against-cohort',
      message: {
        zh: `${one.entryYear}年入学的学生在${one.schoolYear}学年应为${grade}年级。`,
        en: `Pupils who entered in ${one.entryYear} are in grade ${grade} in the school year ${one.schoolYear}.`,
      },
      remedy: { zh: '请核对入学年份、学年和年级。', en: 'Check year of entry, school year and grade.' },
      facts: { grade },
    });
  }
  return found;
};
