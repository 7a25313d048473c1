import type { Act, DataOf, LetterRecipient, Role, Stage, transferEvents } from '#libs/contracts';
import type { LocalDate } from '#libs/policy';

type EndOutcome = DataOf<typeof transferEvents.transferEnded>['outcome'];

/** What attendance tells: the child is named by its watch. */
export type WatchContent =
  | { kind: 'rollCallMissing'; class: string; day: LocalDate }
  | { kind: 'homeVisit'; watch: string; suspectedOn: LocalDate }
  | { kind: 'reportSuspicion'; watch: string }
  | { kind: 'dropoutProposed'; watch: string; lastDay: LocalDate }
  | {
      kind: 'letterToSend';
      watch: string;
      no: string;
      to: LetterRecipient;
      about: 'suspicion' | 'dropout' | 'withdrawal';
      on: LocalDate;
    }
  | { kind: 'suspicionReported' | 'dropoutReported'; watch: string; school: string; no: string; on: LocalDate }
  | { kind: 'reportWithdrawn'; watch: string; school: string; no: string; withdraws: string; on: LocalDate };

/** What the end of a stage, a placement in the next one and the closing of a school ask of whom. */
export type CourseContent =
  | { kind: 'completionSubmitted'; completion: string; school: string }
  | { kind: 'completionReturned' | 'completionConfirmed'; completion: string; authority: string }
  | { kind: 'placementStep'; caseId: string; step: string; act: Act }
  | { kind: 'placementOverdue'; caseId: string; step: string; lateOffice: string }
  | { kind: 'placementCompleted'; caseId: string; placed: number; refused: number }
  | { kind: 'placementCompared'; cohort: string; planned?: number; placed: number; underWay: number }
  | { kind: 'closingAnnounced'; closing: string; merger: boolean }
  | { kind: 'filesToKeep'; closing: string; school: string };

/** What an item says. Opaque ids, codes and dates alone: no child is named here, and the words are made when shown. */
export type Content =
  | WatchContent
  | CourseContent
  | { kind: 'step'; caseId: string; step: string; act: Act; arrivedOn: LocalDate }
  | { kind: 'overdue'; caseId: string; step: string; lateOffice: string }
  | { kind: 'handoverOverdue'; caseId: string; step: string; lateOffice: string }
  | { kind: 'refusalListed'; caseId: string; step: string; refusedBy: string; ground: string }
  | { kind: 'completed'; caseId: string; movedOn: LocalDate }
  | { kind: 'ended'; caseId: string; outcome: EndOutcome }
  | { kind: 'intakeSubmitted'; school: string; day: LocalDate }
  | { kind: 'intakeReturned'; authority: string; day: LocalDate }
  | { kind: 'filesDueSoon'; stage: Stage; entryYear: number; lastDay: LocalDate }
  | { kind: 'filesLate'; school: string; stage: Stage; entryYear: number; on: LocalDate }
  | { kind: 'collectionCommitted'; batch: string; entered: number; corrected: number; unchanged: number };

export type Kind = Content['kind'];

const news: readonly Kind[] = [
  ...(['completed', 'ended', 'collectionCommitted', 'filesDueSoon', 'filesLate'] as const),
  ...(['completionConfirmed', 'placementCompleted', 'placementCompared', 'filesToKeep'] as const),
  ...(['letterToSend', 'suspicionReported', 'dropoutReported', 'reportWithdrawn'] as const),
];

/** Something to do, or something to know. */
export const isTask = (kind: Kind): boolean => !news.includes(kind);

/** What a class teacher sees and does as well; everything else is for the record offices. */
export const forTeachers: readonly Kind[] = ['rollCallMissing', 'homeVisit'];

/** Roles whose holders at an office see an item of a kind. */
export const rolesOf = (kind: Kind): readonly Role[] =>
  forTeachers.includes(kind) ? ['clerk', 'officer', 'classTeacher'] : ['clerk', 'officer'];

/** One item per school and day; how many children it stands for is counted when it is read. */
export const countsChildren = (kind: Kind): boolean => kind === 'intakeSubmitted' || kind === 'intakeReturned';

/**
 * An item lies in the inbox of an office: whoever holds a post there on the day of reading sees it (`rolesOf`), so that work
 * does not leave with a person.
 */
export interface Item {
  /** What it means, so that the same said twice is one item. */
  _id: string;
  office: string;
  content: Content;
  /** `withdrawn`: what it said no longer holds. */
  state: 'open' | 'closed' | 'withdrawn';
  /** Last day; absent where the law names none. */
  dueOn?: LocalDate;
  /** The day may still change with the yearly order on holidays. */
  provisional?: boolean;
  remindedOn?: LocalDate;
  /** Place in the inbox: what is due first stands first, so overdue things lead; then tasks by age, then news. */
  order: string;
  /** Business time at which it arrived. */
  since: Date;
  /** Posts whose holder has read it. */
  readBy: string[];
}

/** Ids are joined parts; a blank or slash in a part must not make two meanings one, nor break an address. */
export const meaning = (...parts: string[]): string =>
  parts.map((part) => part.replaceAll(/[^\w.-]/g, (sign) => `~${sign.codePointAt(0)!.toString(16)}`)).join(':');

export const itemId = (office: string, content: Content): string => {
  switch (content.kind) {
    case 'rollCallMissing':
      return meaning(content.kind, content.class, content.day, office);
    case 'homeVisit':
    case 'reportSuspicion':
    case 'dropoutProposed':
      return meaning(content.kind, content.watch, office);
    case 'letterToSend':
    case 'suspicionReported':
    case 'dropoutReported':
    case 'reportWithdrawn':
      return meaning(content.kind, content.no, office);
    case 'completionSubmitted':
    case 'completionReturned':
    case 'completionConfirmed':
      return meaning(content.kind, content.completion, office);
    case 'placementCompleted':
      return meaning(content.kind, content.caseId, office);
    case 'placementCompared':
      return meaning(content.kind, content.cohort, office);
    case 'closingAnnounced':
    case 'filesToKeep':
      return meaning(content.kind, content.closing, office);
    case 'placementStep':
    case 'placementOverdue':
    case 'step':
    case 'overdue':
    case 'handoverOverdue':
      return meaning(content.kind, content.caseId, content.step, office);
    case 'refusalListed':
      return meaning(content.kind, content.caseId, content.step, content.ground, office);
    case 'completed':
    case 'ended':
      return meaning(content.kind, content.caseId, office);
    case 'intakeSubmitted':
      return meaning(content.kind, content.school, content.day, office);
    case 'intakeReturned':
      return meaning(content.kind, content.authority, content.day, office);
    case 'filesDueSoon':
      return meaning(content.kind, content.stage, String(content.entryYear), content.lastDay, office);
    case 'filesLate':
      return meaning(content.kind, content.school, content.stage, String(content.entryYear), content.on, office);
    case 'collectionCommitted':
      return meaning(content.kind, content.batch, office);
  }
};

const farFuture = 9_999_999_999_999;

const orderOf = (id: string, kind: Kind, since: Date, dueOn?: LocalDate): string => {
  if (dueOn) return `1:${dueOn}:${id}`;
  if (isTask(kind)) return `2:${since.toISOString()}:${id}`;
  return `3:${String(farFuture - since.getTime()).padStart(13, '0')}:${id}`;
};

export const newItem = (
  office: string,
  content: Content,
  since: Date,
  due: { dueOn?: LocalDate; provisional?: boolean } = {},
): Item => {
  const _id = itemId(office, content);
  return {
    _id,
    office,
    content,
    state: 'open',
    ...(due.dueOn && { dueOn: due.dueOn }),
    ...(due.provisional && { provisional: true }),
    order: orderOf(_id, content.kind, since, due.dueOn),
    since,
    readBy: [],
  };
};

/** `left` working days after today up to the due day: 0 on the last day, below 0 once working days have gone by since. */
export const standing = (
  dueOn: LocalDate,
  today: LocalDate,
  workingDaysBetween: (from: LocalDate, to: LocalDate) => number,
): { left: number; overdue: boolean } => ({
  // Never -0: a due day before a weekend is overdue on that weekend without a working day gone by.
  left: workingDaysBetween(today, dueOn) + 0,
  overdue: dueOn < today,
});
