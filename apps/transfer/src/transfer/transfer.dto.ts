import { IsLegalDate, PageQuery } from '#libs/service-kit';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsNotEmpty,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { answers, type Answer } from '#libs/review';
import { DeclaredFact, PaperKind, paperKinds, Seal, seals } from './application';
import { FilingInput } from './filing-input';
import type { TransferState } from './transfer';

/** Codes are words of the rules, never of a child: they travel in events. */
const code = /^[A-Za-z][A-Za-z0-9-]{0,39}$/;
const ruleId = /^[A-Z][A-Z0-9]*-[A-Z]*\d{1,3}$/;
const states: TransferState[] = ['filed', 'inReview', 'moving', 'completed', 'closed', 'ended'];

class FactsBody implements Partial<Record<DeclaredFact, boolean>> {
  @ApiPropertyOptional({ description: '户籍随父母或监护人迁移 (GZ-TR1)' })
  @IsOptional()
  @IsBoolean()
  householdMovedWithGuardians?: boolean;

  @ApiPropertyOptional({ description: '新户籍地不在原学校学区 (GZ-TR1)' })
  @IsOptional()
  @IsBoolean()
  newHouseholdOutsideCatchment?: boolean;

  @ApiPropertyOptional({ description: '居住地或工作地变更 (GZ-TR2)' })
  @IsOptional()
  @IsBoolean()
  homeOrWorkMoved?: boolean;

  @ApiPropertyOptional({ description: '新居住地或工作地不在原学校学区 (GZ-TR2)' })
  @IsOptional()
  @IsBoolean()
  newHomeOrWorkOutsideCatchment?: boolean;

  @ApiPropertyOptional({ description: '符合当地规定的条件 (GZ-TR3)' })
  @IsOptional()
  @IsBoolean()
  localConditionMet?: boolean;

  @ApiPropertyOptional({ description: '家庭居住地跨县迁移；须同时填写 newCounty (CZ-TR2)' })
  @IsOptional()
  @IsBoolean()
  homeMovedAcrossCounty?: boolean;

  @ApiPropertyOptional({ description: '家庭居住地迁出同城区；须同时填写 newCounty (CZ-TR4)' })
  @IsOptional()
  @IsBoolean()
  homeMovedOutOfCityArea?: boolean;

  @ApiPropertyOptional({ description: '户籍已迁入居住地 (CZ-TR2, CZ-TR4)' })
  @IsOptional()
  @IsBoolean()
  householdMovedToNewHome?: boolean;

  @ApiPropertyOptional({ description: '务工地跨县变化；须同时填写 newCounty (CZ-TR2)' })
  @IsOptional()
  @IsBoolean()
  migrantWorkMovedAcrossCounty?: boolean;

  @ApiPropertyOptional({ description: '无法在原学校学习 (CZ-TR4)' })
  @IsOptional()
  @IsBoolean()
  cannotStudyAtOldSchool?: boolean;

  @ApiPropertyOptional({ description: '转入学校教学水平相当 (CZ-TR4)' })
  @IsOptional()
  @IsBoolean()
  comparableSchool?: boolean;
}

class FormBody {
  @ApiProperty({ description: '监护人已签字 · signed by the guardian' })
  @IsBoolean()
  guardianSigned: boolean;

  @ApiPropertyOptional({ enum: seals, description: '学校公章或学籍专用章 · seal of the receiving school' })
  @IsOptional()
  @IsIn([...seals])
  seal?: Seal;

  @ApiProperty({ description: '转入学校已核实情况 · the receiving school has checked the facts' })
  @IsBoolean()
  factsChecked: boolean;
}

class PaperBody {
  @ApiProperty({ enum: paperKinds })
  @IsIn([...paperKinds])
  kind: PaperKind;

  @ApiProperty({ description: 'Digest that the upload gave' })
  @Matches(/^[0-9a-f]{64}$/)
  digest: string;
}

class OverrideBody {
  @ApiProperty({ description: 'Rule in principle to set aside', example: 'CZ-TR12' })
  @Matches(ruleId)
  rule: string;

  @ApiProperty({ description: 'Why; kept sealed' })
  @IsString()
  @Matches(/\S/, { message: '$property must say why' })
  @MaxLength(500)
  reason: string;
}

export class FilingBody {
  @ApiProperty({ description: 'Opaque id, from students/locate of the registry' })
  @IsUUID()
  student: string;

  @ApiProperty({ description: 'Class at the receiving school' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(80)
  class: string;

  @ApiPropertyOptional({
    description: 'Code of a ground of the pack (see preflight), or `other`',
    example: 'householdMoved',
  })
  @IsOptional()
  @Matches(code)
  ground?: string;

  @ApiPropertyOptional({ description: 'The ground in words; kept sealed' })
  @IsOptional()
  @IsString()
  @Matches(/\S/, { message: '$property must hold words' })
  @MaxLength(1000)
  groundText?: string;

  @ApiProperty({ type: FactsBody })
  @ValidateNested()
  @Type(() => FactsBody)
  @IsNotEmpty()
  facts: FactsBody;

  @ApiPropertyOptional({ description: 'Division code of the county moved to', example: '140406' })
  @IsOptional()
  @Matches(/^\d{6}$/)
  newCounty?: string;

  @ApiProperty({ description: "Date of the seal: the receiving school's consent", example: '2026-09-24' })
  @IsLegalDate()
  consentOn: string;

  @ApiProperty({ type: FormBody })
  @ValidateNested()
  @Type(() => FormBody)
  @IsNotEmpty()
  form: FormBody;

  @ApiProperty({ type: [PaperBody] })
  @IsArray()
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => PaperBody)
  papers: PaperBody[];

  @ApiPropertyOptional({ type: [OverrideBody] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => OverrideBody)
  overrides?: OverrideBody[];

  @ApiPropertyOptional({ description: 'Planned first day of study at the receiving school', example: '2026-10-13' })
  @IsOptional()
  @IsLegalDate()
  firstDayOfStudy?: string;

  @ApiPropertyOptional({ enum: ['inclusivePlacement'] })
  @IsOptional()
  @IsIn(['inclusivePlacement'])
  placement?: 'inclusivePlacement';
}

export const filingOf = (body: FilingBody): FilingInput => ({
  application: {
    student: body.student,
    toClass: body.class,
    ...(body.ground !== undefined && { ground: body.ground }),
    groundInWords: body.groundText !== undefined,
    facts: { ...body.facts },
    ...(body.newCounty !== undefined && { newCounty: body.newCounty }),
    consentOn: body.consentOn,
    form: { ...body.form },
    papers: body.papers.map(({ kind, digest }) => ({ kind, digest })),
    ...(body.firstDayOfStudy !== undefined && { firstDayOfStudy: body.firstDayOfStudy }),
    ...(body.placement !== undefined && { placement: body.placement }),
  },
  ...(body.groundText !== undefined && { groundText: body.groundText }),
  overrides: (body.overrides ?? []).map(({ rule, reason }) => ({ rule, reason })),
});

export class ActBody {
  @ApiProperty({ description: 'Step that is answered', example: 'outSchool' })
  @Matches(code)
  step: string;

  @ApiProperty({ enum: answers, description: 'Which are possible depends on the act of the step' })
  @IsIn([...answers])
  answer: Answer;

  @ApiPropertyOptional({ description: 'Ground of a refusal, by code', example: 'noGroundHolds' })
  @IsOptional()
  @Matches(code)
  ground?: string;

  @ApiPropertyOptional({ description: 'In words; kept sealed' })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(1000)
  note?: string;
}

export class WithdrawBody {
  @ApiProperty({ description: 'Why; kept sealed' })
  @IsString()
  @Matches(/\S/, { message: '$property must say why' })
  @MaxLength(500)
  reason: string;
}

export class FindingBody {
  @ApiProperty({ enum: ['founded', 'unfounded'] })
  @IsIn(['founded', 'unfounded'])
  finding: 'founded' | 'unfounded';

  @ApiPropertyOptional({ description: 'In words; kept sealed' })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(1000)
  note?: string;
}

class CasesQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Last id of the page before' })
  @IsOptional()
  @IsUUID()
  after?: string;
}

export class ListQuery extends CasesQuery {
  @ApiPropertyOptional({ description: 'Only cases that wait for this office: its inbox', example: '520103' })
  @IsOptional()
  @Matches(/^\d{6,10}$/)
  office?: string;

  @ApiPropertyOptional({ enum: states })
  @IsOptional()
  @IsIn(states)
  state?: TransferState;
}

export class RefusalsQuery extends CasesQuery {
  @ApiPropertyOptional({ enum: ['true', 'false'], description: 'Also those that have been reviewed', default: 'false' })
  @IsOptional()
  @IsIn(['true', 'false'])
  reviewed?: 'true' | 'false';
}

/* Shapes of the answers, for the API's description. */

class TextDoc {
  @ApiProperty() zh: string;
  @ApiProperty() en: string;
}

class CitationDoc {
  @ApiProperty() rule: string;
  @ApiProperty() pack: string;
  @ApiProperty() document: string;
  @ApiProperty() article: string;
}

class MustActDoc {
  @ApiProperty() party: string;
  @ApiProperty() office: string;
  @ApiPropertyOptional() name?: string;
}

class CheckDoc {
  @ApiProperty() rule: string;
  @ApiProperty({ enum: ['met', 'broken', 'notConfigured'] }) outcome: string;
  @ApiProperty({ enum: ['MUST', 'PRINCIPLE'] }) strength: string;
  @ApiProperty({ description: 'In principle only: can be set aside with a reason' }) overridable: boolean;
  @ApiProperty({ type: TextDoc }) message: TextDoc;
  @ApiPropertyOptional({ type: TextDoc }) remedy?: TextDoc;
  @ApiProperty({ type: CitationDoc }) citation: CitationDoc;
  @ApiProperty({ type: Object }) facts: object;
  @ApiProperty({ enum: ['transfer', 'registry'], description: '`registry`: decided there alone' }) spokenBy: string;
  @ApiProperty({ type: MustActDoc }) mustAct: MustActDoc;
}

export class PreflightDoc {
  @ApiProperty({ description: 'Time of the last news about the student' }) asOf: Date;
  @ApiProperty({ description: 'Day on which it would be filed' }) on: string;
  @ApiProperty() student: string;
  @ApiProperty() stage: string;
  @ApiProperty() possible: boolean;
  @ApiProperty({ type: [CheckDoc] }) blockers: CheckDoc[];
  @ApiProperty({ type: [CheckDoc], description: 'Checks that could not be made' }) notChecked: CheckDoc[];
  @ApiProperty({ type: [Object] }) met: object[];
  @ApiProperty({ type: [CheckDoc], description: 'Broken rules in principle that the overrides set aside' })
  setAside: CheckDoc[];
  @ApiProperty({ type: [String], description: 'Overrides that set nothing aside' }) idleOverrides: string[];
  @ApiProperty({ type: Object, description: 'consentOn, due, late, citation' }) filing: object;
  @ApiProperty({ enum: ['sequence', 'parallel'] }) order: string;
  @ApiProperty({ type: [Object], description: 'step, office, act, line, pack, citation, within' }) steps: object[];
}

export class FiledDoc {
  @ApiProperty() id: string;
  @ApiProperty() version: number;
  @ApiProperty({ enum: states }) state: string;
  @ApiProperty() filedAt: Date;
  @ApiProperty({ description: 'Filed after its due day: recorded, and processed' }) late: boolean;
  @ApiProperty({ type: String, nullable: true }) dueOn: string | null;
}

export class ActTakenDoc {
  @ApiProperty() id: string;
  @ApiProperty() version: number;
  @ApiProperty({ enum: states }) state: string;
  @ApiProperty() step: string;
  @ApiProperty() late: boolean;
  @ApiProperty({ type: [String] }) waitingFor: string[];
}

export class WithdrawnDoc {
  @ApiProperty() id: string;
  @ApiProperty() version: number;
  @ApiProperty({ enum: states }) state: string;
}

class StepDoc {
  @ApiProperty() step: string;
  @ApiProperty({ type: [String] }) parties: string[];
  @ApiProperty() office: string;
  @ApiPropertyOptional() name?: string;
  @ApiProperty({ description: 'Office that is told when this one is late' }) above: string;
  @ApiProperty({ enum: ['confirm', 'review', 'approve', 'register', 'fileForInformation'] }) act: string;
  @ApiProperty() line: string;
  @ApiProperty() pack: string;
  @ApiProperty({ type: CitationDoc }) citation: CitationDoc;
  @ApiProperty({ enum: ['waiting', 'open', 'agreed', 'refused', 'closed'] }) state: string;
  @ApiPropertyOptional() arrivedOn?: string;
  @ApiPropertyOptional({ type: String, nullable: true, description: 'null: the pack gives no number' })
  dueOn?: string | null;
  @ApiPropertyOptional({ description: 'An order on working days may still move it' }) provisional?: boolean;
  @ApiPropertyOptional({ type: CitationDoc }) dueBy?: CitationDoc;
  @ApiPropertyOptional({ type: Object }) notConfigured?: object;
  @ApiPropertyOptional({ type: Number, nullable: true }) workingDaysLeft?: number | null;
  @ApiPropertyOptional() late?: boolean;
  @ApiPropertyOptional({ type: [Object], description: 'Possible answers with their words' }) answers?: object[];
  @ApiPropertyOptional({ type: [Object], description: 'Grounds on which this step may refuse' }) grounds?: object[];
  @ApiPropertyOptional() remindedOn?: string;
  @ApiPropertyOptional() overdueOn?: string;
  @ApiPropertyOptional() escalatedTo?: string;
  @ApiPropertyOptional({ type: Object, description: 'answer, on, at, account, post, late, ground' }) acted?: object;
}

class EntryDoc {
  @ApiProperty() on: string;
  @ApiProperty() at: Date;
  @ApiProperty() what: string;
  @ApiPropertyOptional() step?: string;
  @ApiPropertyOptional() office?: string;
  @ApiPropertyOptional() officeName?: string;
  @ApiPropertyOptional() account?: string;
  @ApiPropertyOptional({ type: CitationDoc }) citation?: CitationDoc;
  @ApiPropertyOptional({ type: Object }) facts?: object;
}

export class RefusalDoc {
  @ApiProperty() id: string;
  @ApiProperty() case: string;
  @ApiProperty() student: string;
  @ApiProperty() step: string;
  @ApiProperty({ description: 'Office that refused' }) office: string;
  @ApiProperty() account: string;
  @ApiProperty() ground: string;
  @ApiProperty({ enum: ['proven', 'disproved', 'notShown', 'unknown'] }) proof: string;
  @ApiPropertyOptional({ type: CitationDoc }) citation?: CitationDoc;
  @ApiProperty({ type: Object, description: 'Grounds known and what the facts say to each' }) facts: object;
  @ApiProperty({ description: 'Office on whose list it stands' }) listedAt: string;
  @ApiProperty() on: string;
  @ApiProperty() at: Date;
  @ApiPropertyOptional({ type: Object, description: 'finding, account, on, at' }) reviewed?: object;
}

export class TransferDoc {
  @ApiProperty() id: string;
  @ApiProperty({ description: 'Send as If-Match with the next change' }) version: number;
  @ApiProperty({ enum: ['transfer'] }) change: string;
  @ApiProperty({ enum: states }) state: string;
  @ApiPropertyOptional({ type: Object, description: 'Part of the record’s life (FJ-ST1)' }) phase?: object;
  @ApiProperty() student: string;
  @ApiProperty() stage: string;
  @ApiProperty({ type: Object }) from: object;
  @ApiProperty({ type: Object }) to: object;
  @ApiProperty({ type: Object }) parties: object;
  @ApiProperty({ type: Object }) lines: object;
  @ApiProperty({ type: Object }) packs: object;
  @ApiProperty({ type: Object }) application: object;
  @ApiProperty({ type: [Object] }) overrides: object[];
  @ApiProperty({ type: Object }) filing: object;
  @ApiProperty({ type: [Object] }) checks: object[];
  @ApiProperty({ enum: ['sequence', 'parallel'] }) order: string;
  @ApiProperty({ type: [StepDoc] }) steps: StepDoc[];
  @ApiProperty({ type: [Object], description: 'Clocks that run from a party’s own approval (CZ-TR18)' })
  handovers: object[];
  @ApiProperty({ type: [String] }) waitingFor: string[];
  @ApiProperty() withdrawable: boolean;
  @ApiProperty() studyBeforeApproval: boolean;
  @ApiProperty({ type: [Object] }) violations: object[];
  @ApiProperty({ type: [RefusalDoc] }) refusals: RefusalDoc[];
  @ApiPropertyOptional({ type: Object, description: 'kind, on, code, citations, facts' }) outcome?: object;
  @ApiProperty({ type: [EntryDoc] }) timeline: EntryDoc[];
}

class WaitingDoc {
  @ApiProperty() step: string;
  @ApiProperty() office: string;
  @ApiProperty({ type: String, nullable: true }) dueOn: string | null;
  @ApiProperty({ type: Number, nullable: true }) workingDaysLeft: number | null;
  @ApiProperty() overdue: boolean;
}

class LineDoc {
  @ApiProperty() id: string;
  @ApiProperty() version: number;
  @ApiProperty({ enum: states }) state: string;
  @ApiProperty() student: string;
  @ApiProperty() stage: string;
  @ApiProperty() from: string;
  @ApiProperty() to: string;
  @ApiProperty() filedOn: string;
  @ApiProperty({ type: [WaitingDoc] }) waitingFor: WaitingDoc[];
  @ApiPropertyOptional() outcome?: string;
}

export class TransfersDoc {
  @ApiProperty({ type: [LineDoc] }) items: LineDoc[];
  @ApiPropertyOptional({ description: 'Send as `after` for the next page; absent: the last page' }) next?: string;
}

export class RefusalsDoc {
  @ApiProperty({ type: [RefusalDoc] }) items: RefusalDoc[];
  @ApiPropertyOptional() next?: string;
}

class WordsDoc {
  @ApiProperty() what: string;
  @ApiProperty() text: string;
  @ApiProperty() account: string;
  @ApiProperty() at: Date;
}

export class AllWordsDoc {
  @ApiProperty({ type: [WordsDoc] }) items: WordsDoc[];
}

export class ReviewedDoc {
  @ApiProperty() id: string;
  @ApiProperty({ enum: ['founded', 'unfounded'] }) finding: string;
  @ApiProperty() case: string;
  @ApiProperty({ enum: states }) state: string;
}

class UnansweredDoc {
  @ApiProperty() id: string;
  @ApiProperty({ enum: ['filed', 'moving'] }) state: string;
  @ApiPropertyOptional() since?: Date;
}

export class AllUnansweredDoc {
  @ApiProperty({ type: [UnansweredDoc] }) items: UnansweredDoc[];
}
