import { Ending, gradesOfStage, ProblemItem, Stage } from '#libs/contracts';
import type { FactName, LocalDate, Pack } from '#libs/policy';
import { CheckNotMade } from '../enrolment/intake';
import { StudentRecord } from '../students/record';
import { ChildEnding } from './completion';
import { pendingOf } from './pending';

/** What a school enters for one class. */
export interface ClassWish {
  class: string;
  /** Ending of every child on roll that is not named; absent: each is named. */
  ending?: Ending;
  /** Children that get another ending, or another proof; with `leave` they stay on roll. */
  children: { student: string; ending?: Ending; proof?: string; leave?: boolean }[];
  /** Paper for all of them, e.g. the list of graduates. */
  proof?: string;
}

export interface CompletionWish {
  /** Legal day on which the stage ends. */
  on: LocalDate;
  classes: ClassWish[];
}

export interface ClassToEnd {
  _id: string;
  name: string;
  stage: Stage;
  entryYear: number;
  /** Grade on the day of the ending. */
  grade: number;
  /** Seats kept for movements into the class. */
  reserved: number;
}

/** Everything that judging a class needs; pure data. */
export interface ClassSituation {
  one: ClassToEnd;
  /** Records on roll in the class. */
  onRoll: StudentRecord[];
  /** Students for whom a number is asked for. */
  numbersOpen: ReadonlySet<string>;
  /** Papers that the school has uploaded. */
  papers: ReadonlySet<string>;
  /** Last day of the second term of the last grade; undefined: no term is set. */
  lastDay?: LocalDate;
  on: LocalDate;
  pack: Pack;
}

export interface Judged {
  children: ChildEnding[];
  problems: ProblemItem[];
  notMade: CheckNotMade[];
  /** Rules that decided. */
  rules: string[];
}

const words: Record<Ending, { zh: string; en: string }> = {
  graduation: { zh: '毕业', en: 'graduation' },
  completion: { zh: '结业', en: 'completion' },
  partialStudy: { zh: '肄业', en: 'partial study' },
};

/** GZ-GR7, NAT-GR1, CZ-GR1, CZ-GR6: one ending for each child, its proof, its conditions; with everything that stands against it. */
export const judgeClass = (wish: ClassWish, situation: ClassSituation): Judged => {
  const { one, onRoll, on, pack } = situation;
  const judged: Judged = { children: [], problems: [], notMade: [], rules: [] };
  const add = (problem: ProblemItem, student?: string): void => {
    judged.problems.push({ ...problem, field: student ? `${one._id}/${student}` : one._id });
  };
  for (const problem of problemsOfClass(situation)) add(problem);
  const named = namedOnce(wish, situation, add);
  const exactlyOne = pack.rule('NAT-GR1') ?? pack.rule('GZ-GR7');
  if (exactlyOne) judged.rules.push(exactlyOne.citation.rule);
  for (const record of onRoll) {
    const said = named.get(record._id);
    if (said?.leave) continue;
    const ending = said?.ending ?? wish.ending;
    if (!ending) {
      if (exactlyOne) add(endingMissing(exactlyOne.citation), record._id);
      continue;
    }
    if (record.seatSince > on) add(seatedLater(record.seatSince), record._id);
    const proof = said?.proof ?? wish.proof;
    for (const problem of proofProblems(proof, situation, judged)) add(problem, record._id);
    for (const problem of conditionProblems(ending, situation, judged)) add(problem, record._id);
    for (const problem of pendingOf(record, situation.numbersOpen.has(record._id), on, pack)) add(problem, record._id);
    judged.children.push({ student: record._id, ending, ...(proof && { proof }) });
  }
  if (judged.children.length === 0 && judged.problems.length === 0) {
    add({
      code: 'nobody-on-roll',
      message: { zh: `${one.name}没有可登记的在籍学生。`, en: `Nobody on roll in this class gets an ending.` },
    });
  }
  judged.rules = [...new Set(judged.rules)];
  return judged;
};

const problemsOfClass = ({ one, on }: ClassSituation): ProblemItem[] => {
  const { last } = gradesOfStage[one.stage];
  const found: ProblemItem[] = [];
  if (one.grade < last) {
    found.push({
      code: 'not-final-grade',
      message: {
        zh: `${one.name}在${on}为${one.grade}年级，不是毕业年级（${last}年级）。`,
        en: `The class is in grade ${one.grade} on ${on}; the stage ends with grade ${last}.`,
      },
      remedy: { zh: '请核对班级和日期。', en: 'Check the class and the day.' },
      facts: { grade: one.grade, last },
    });
  }
  if (one.reserved > 0) {
    found.push({
      code: 'movement-into-class',
      message: {
        zh: `有${one.reserved}名学生正在转入${one.name}。`,
        en: `${one.reserved} movement(s) into this class are under way.`,
      },
      remedy: { zh: '请待办结或撤销后再办理。', en: 'Wait until those cases end.' },
      facts: { reserved: one.reserved },
    });
  }
  return found;
};

/** NAT-GR1: each child is named once, and sits in the class. */
const namedOnce = (
  wish: ClassWish,
  { onRoll, pack }: ClassSituation,
  add: (problem: ProblemItem, student: string) => void,
): Map<string, ClassWish['children'][number]> => {
  const here = new Set(onRoll.map((record) => record._id));
  const named = new Map<string, ClassWish['children'][number]>();
  const rule = pack.rule('NAT-GR1');
  for (const child of wish.children) {
    if (!here.has(child.student)) {
      add(
        {
          code: 'not-in-class',
          message: { zh: '该生不在本班在籍名单中。', en: 'The student is not on roll in this class.' },
          remedy: { zh: '请刷新班级名单。', en: 'Read the class list again.' },
        },
        child.student,
      );
    } else if (named.has(child.student) && rule) {
      add(
        {
          code: 'ending-twice',
          message: {
            zh: '同一学生登记了两次：毕业、结业、肄业只能选一种。',
            en: 'The student is named twice: exactly one of graduation, completion and partial study is entered.',
          },
          citation: rule.citation,
        },
        child.student,
      );
    }
    named.set(child.student, child);
  }
  return named;
};

const seatedLater = (since: LocalDate): ProblemItem => ({
  code: 'seated-later',
  message: { zh: `该生${since}才编入本班。`, en: `The student sits in this class only since ${since}.` },
  remedy: { zh: '请核对完结日期。', en: 'Check the day of the ending.' },
  facts: { since },
});

const endingMissing = (citation: ProblemItem['citation']): ProblemItem => ({
  code: 'ending-missing',
  message: {
    zh: '没有登记毕业、结业或肄业。',
    en: 'No ending is entered: graduation, completion or partial study.',
  },
  remedy: {
    zh: '请为每名学生选择一种；继续在读的请标明保留。',
    en: 'Choose one for each child, or say that the child stays on roll.',
  },
  citation,
});

const proofProblems = (proof: string | undefined, { pack, papers }: ClassSituation, judged: Judged): ProblemItem[] => {
  const asked = pack.setting('completion.proof');
  if (asked.configured && asked.value) {
    judged.rules.push(asked.citation.rule);
    if (!proof) {
      return [
        {
          code: 'proof-missing',
          message: { zh: '没有证明材料。', en: 'No paper proves the ending.' },
          remedy: { zh: '请上传毕业名册等证明材料。', en: 'Upload the paper, e.g. the list of graduates.' },
          citation: asked.citation,
        },
      ];
    }
  }
  if (!proof || papers.has(proof)) return [];
  return [
    {
      code: 'proof-not-uploaded',
      message: { zh: '没有上传过这份材料。', en: 'This school has uploaded no such paper.' },
      remedy: { zh: '请先上传扫描件。', en: 'Upload the scan first.' },
    },
  ];
};

/** Conditions of an ending as the pack has them; those that no text gives are said, never passed in silence. */
const conditionProblems = (
  ending: Ending,
  { one, lastDay, on, pack }: ClassSituation,
  judged: Judged,
): ProblemItem[] => {
  const facts: Partial<Record<FactName, boolean>> = lastDay === undefined ? {} : { periodOver: on >= lastDay };
  const conditions = pack.conditions(one.stage, ending);
  const found: ProblemItem[] = [];
  if (!conditions.configured) {
    if (conditions.citation) judged.rules.push(conditions.citation.rule);
    if (!judged.notMade.some(({ parameter }) => parameter === conditions.parameter)) {
      judged.notMade.push({
        parameter: conditions.parameter,
        ...(conditions.citation && { citation: conditions.citation }),
        message: {
          zh: `${words[ending].zh}条件未核查：《${pack.document}》没有规定条件，由学校据证明材料登记。`,
          en: `No condition of ${words[ending].en} was checked: ${pack.title.en} gives none; the school enters it with proof.`,
        },
      });
    }
  } else {
    for (const set of conditions.value) {
      const held = set.oneOf.some((ground) => ground.facts.every((fact) => facts[fact] === true));
      const citation = pack.rule(set.rule)?.citation;
      judged.rules.push(set.rule);
      if (held) continue;
      const asked = set.oneOf.map(({ text }) => text);
      found.push({
        code: 'condition-not-met',
        message: {
          zh: `不符合${words[ending].zh}条件：${asked.map(({ zh }) => zh).join('；或者')}。`,
          en: `The condition of ${words[ending].en} is not met: ${asked.map(({ en }) => en).join('; or ')}.`,
        },
        remedy:
          lastDay === undefined
            ? {
                zh: '没有设置毕业学年第二学期，请先设置学期。',
                en: 'No second term is set for the last grade; set it first.',
              }
            : {
                zh: `学习期满日为${lastDay}，请核对日期。`,
                en: `The period of study ends on ${lastDay}; check the day.`,
              },
        ...(citation && { citation }),
        facts: { ...facts, ...(lastDay !== undefined && { lastDay }) },
      });
    }
  }
  const graduates = pack.setting(`completion.periodOverGraduates.${one.stage}`);
  if (ending !== 'graduation' && graduates.configured && graduates.value && facts.periodOver) {
    judged.rules.push(graduates.citation.rule);
    found.push({
      code: 'graduates',
      message: {
        zh: `学习期满，予以毕业，不作${words[ending].zh}。`,
        en: `The period of study is over: the student is graduated, and gets no ${words[ending].en}.`,
      },
      remedy: { zh: '请登记为毕业。', en: 'Enter graduation.' },
      citation: graduates.citation,
      facts: { ...facts },
    });
  }
  return found;
};
