import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional, IsString, IsUUID, Matches, MaxLength } from 'class-validator';
import { letterRecipients, stages } from '#libs/contracts';
import { IsLegalDate, PageQuery } from '#libs/service-kit';
import type { WatchState } from './watch';

const states: WatchState[] = ['suspected', 'reported', 'proposed', 'dropout', 'ended', 'withdrawn'];
const hasWords = { message: '$property must hold words' };

export class VisitBody {
  @ApiProperty({ description: 'Day of the visit' }) @IsLegalDate() on: string;
  @ApiProperty({ description: '劝说无果 · the child does not come back by it' }) @IsBoolean() inVain: boolean;

  @ApiProperty({ description: '家访记录; kept sealed' })
  @IsString()
  @Matches(/\S/, hasWords)
  @MaxLength(4000)
  words: string;
}

export class ReportBody {
  @ApiProperty({ description: '追辍工作情况; kept sealed' })
  @IsString()
  @Matches(/\S/, hasWords)
  @MaxLength(4000)
  pursuit: string;

  @ApiPropertyOptional({ description: '乡镇人民政府名称, where it has no office here' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  township?: string;

  @ApiPropertyOptional({ description: '社区（村）名称' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  community?: string;
}

export class ConfirmBody {
  @ApiPropertyOptional({ description: '乡镇人民政府名称; default: that of the letter on the suspicion' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  township?: string;
}

export class ReturnBody {
  @ApiProperty({ description: 'First day back at school' }) @IsLegalDate() on: string;
}

export class AbsenceBody {
  @ApiProperty() @IsUUID() student: string;
  @ApiProperty({ description: 'First day of the absence' }) @IsLegalDate() since: string;

  @ApiProperty({ description: 'What is known; kept sealed' })
  @IsString()
  @Matches(/\S/, hasWords)
  @MaxLength(4000)
  words: string;
}

export class WatchesQuery extends PageQuery {
  @ApiPropertyOptional() @IsOptional() @Matches(/^\d{10}$/) school?: string;
  @ApiPropertyOptional({ enum: states }) @IsOptional() @IsIn(states) state?: WatchState;

  @ApiPropertyOptional({ description: 'Only suspicions without a home visit (GZ-DO9)' })
  @IsOptional()
  @Transform(({ value }) => ({ true: true, false: false })[String(value)] ?? (value as unknown))
  @IsBoolean()
  withoutVisit?: boolean;

  @ApiPropertyOptional({ description: '`next` of the page before' }) @IsOptional() @IsUUID() after?: string;
}

export class LettersQuery extends PageQuery {
  @ApiPropertyOptional() @IsOptional() @Matches(/^\d{10}$/) school?: string;

  @ApiPropertyOptional({ description: '`next` of the page before' })
  @IsOptional()
  @Matches(/^\d{10}-\d{4}-\d{4,}$/)
  after?: string;
}

class MessageDoc {
  @ApiProperty() zh: string;
  @ApiProperty() en: string;
}

class LackingDoc {
  @ApiProperty({ example: 'home-visit' }) code: string;
  @ApiProperty({ type: MessageDoc }) message: MessageDoc;
  @ApiPropertyOptional({ type: 'object', additionalProperties: true }) citation?: object;
}

export class WatchLineDoc {
  @ApiProperty() id: string;
  @ApiProperty() version: number;
  @ApiProperty() student: string;
  @ApiProperty() school: string;
  @ApiProperty({ enum: states }) state: WatchState;
  @ApiProperty({ format: 'date' }) since: string;
  @ApiProperty({ format: 'date' }) suspectedOn: string;
  @ApiPropertyOptional({ format: 'date', description: 'Last day to come back' }) dueOn?: string;
  @ApiPropertyOptional({ format: 'date' }) dropoutOn?: string;
  @ApiProperty({ type: [LackingDoc], description: 'What the pack asks for before a dropout, and is not there' })
  lacking: LackingDoc[];
}

export class WatchesDoc {
  @ApiProperty({ type: [WatchLineDoc] }) items: WatchLineDoc[];
  @ApiPropertyOptional() next?: string;
}

export class LetterDoc {
  @ApiProperty({ example: '2152010301-2026-0001' }) no: string;
  @ApiProperty() school: string;
  @ApiProperty() student: string;
  @ApiProperty() watch: string;
  @ApiProperty({ enum: ['suspicion', 'dropout', 'withdrawal'] }) about: string;
  @ApiProperty({ enum: letterRecipients }) to: string;
  @ApiPropertyOptional({ enum: letterRecipients, isArray: true }) alsoTo?: string[];
  @ApiPropertyOptional() office?: string;
  @ApiProperty() recipient: string;
  @ApiProperty({ format: 'date' }) on: string;
  @ApiProperty({ type: [String] }) rules: string[];
  @ApiPropertyOptional({ description: 'Number of the letter that this one takes back' }) withdraws?: string;
  @ApiPropertyOptional({ description: 'Number of the letter that took this one back' }) withdrawnBy?: string;
}

export class LettersDoc {
  @ApiProperty({ type: [LetterDoc] }) items: LetterDoc[];
  @ApiPropertyOptional() next?: string;
}

class CountedDoc {
  @ApiProperty({ type: [String], description: 'The days that were counted' }) days: string[];
  @ApiPropertyOptional({ description: 'Number of the pack' }) after?: number;
  @ApiPropertyOptional({ type: 'object', additionalProperties: true }) citation?: object;
  @ApiPropertyOptional() reading?: string;
  @ApiPropertyOptional({ type: MessageDoc, description: 'No text gives a number' }) notConfigured?: MessageDoc;
}

class VisitDoc {
  @ApiProperty() id: string;
  @ApiProperty({ format: 'date' }) on: string;
  @ApiProperty() inVain: boolean;
  @ApiProperty() account: string;
}

class ClosedDoc {
  @ApiProperty({ enum: ['returned', 'offRoll', 'corrected', 'excused'] }) reason: string;
  @ApiProperty({ format: 'date' }) on: string;
}

class EntryDoc {
  @ApiProperty({ format: 'date' }) on: string;
  @ApiProperty({ format: 'date-time' }) at: Date;
  @ApiProperty() what: string;
  @ApiProperty() account: string;
  @ApiPropertyOptional({ type: 'object', additionalProperties: true }) facts?: object;
}

export class WatchDoc extends WatchLineDoc {
  @ApiProperty() class: string;
  @ApiProperty({ enum: stages }) stage: string;
  @ApiProperty({ enum: ['counted', 'stated'] }) basis: string;
  @ApiProperty({ description: 'Pack in force on the day of the suspicion' }) pack: string;
  @ApiProperty({ type: CountedDoc }) counted: CountedDoc;
  @ApiProperty({ type: [VisitDoc] }) visits: VisitDoc[];
  @ApiProperty({ type: [LetterDoc] }) letters: LetterDoc[];
  @ApiPropertyOptional({ type: ClosedDoc }) closed?: ClosedDoc;
  @ApiProperty({ type: [EntryDoc] }) timeline: EntryDoc[];
}

class SentDoc {
  @ApiProperty() no: string;
  @ApiProperty({ enum: letterRecipients }) to: string;
  @ApiPropertyOptional({ enum: letterRecipients, isArray: true }) alsoTo?: string[];
}

export class WatchAnswerDoc {
  @ApiProperty() id: string;
  @ApiProperty() version: number;
  @ApiProperty({ enum: states }) state: string;
  @ApiPropertyOptional({ type: [SentDoc], description: 'Letters that went out by this act' }) letters?: SentDoc[];
  @ApiPropertyOptional({ format: 'date', description: 'Last day to come back' }) dueOn?: string;
  @ApiPropertyOptional({ type: [String], description: 'Values that no text gives' }) notConfigured?: string[];
}
