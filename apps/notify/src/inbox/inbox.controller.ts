import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiTags,
} from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsOptional, IsString, MaxLength } from 'class-validator';
import { roles, type Role } from '#libs/contracts';
import { Actor, Allow, By } from '#libs/access';
import { ApiProblems, PageQuery } from '#libs/service-kit';
import type { Content, Kind } from './item';
import { InboxPage, ListInbox } from './list-inbox';
import { MarkRead } from './mark-read';

class InboxQuery extends PageQuery {
  @ApiPropertyOptional({ description: '`next` of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(900)
  after?: string;

  @ApiPropertyOptional({ description: 'Only what the caller has not read', default: false })
  @IsOptional()
  @Transform(({ value }) => ({ true: true, false: false })[String(value)] ?? (value as unknown))
  @IsBoolean()
  unread = false;
}

class TextDoc {
  @ApiProperty() zh: string;
  @ApiProperty() en: string;
}

class OfficeDoc {
  @ApiProperty() id: string;
  @ApiProperty() name: string;
  @ApiProperty({ enum: roles, description: "Role of the caller's post there" }) role: Role;
}

const kinds = [
  'step',
  'overdue',
  'handoverOverdue',
  'refusalListed',
  'completed',
  'ended',
  'intakeSubmitted',
  'intakeReturned',
  'filesDueSoon',
  'filesLate',
  'collectionCommitted',
  'rollCallMissing',
  'homeVisit',
  'reportSuspicion',
  'dropoutProposed',
  'letterToSend',
  'suspicionReported',
  'dropoutReported',
  'reportWithdrawn',
] satisfies Kind[];

class InboxItemDoc {
  @ApiProperty() id: string;
  @ApiProperty({ enum: kinds }) kind: Kind;
  @ApiProperty({ description: 'Something to do (true), or something to know' }) task: boolean;
  @ApiProperty({ type: OfficeDoc }) office: OfficeDoc;
  @ApiProperty({ type: TextDoc }) title: TextDoc;
  @ApiProperty({ type: TextDoc }) text: TextDoc;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description:
      'What the words are made of, by kind: `caseId`, `step`, `act`, `lateOffice`, `ground`, `school`, `day` …',
  })
  content: Content;
  @ApiProperty({ description: 'Path at which the matter is handled' }) link: string;
  @ApiPropertyOptional({ format: 'date', description: 'Last day, to its end. Absent where the law names none' })
  dueOn?: string;
  @ApiPropertyOptional({ description: 'The yearly order on holidays may still change the day' }) provisional?: boolean;
  @ApiPropertyOptional({
    description: 'Working days after today up to the last day: 0 on the last day, negative after it',
  })
  workingDaysLeft?: number;
  @ApiProperty({ description: 'Whether the last day has passed' }) overdue: boolean;
  @ApiPropertyOptional({ format: 'date' }) remindedOn?: string;
  @ApiPropertyOptional({ description: 'Children that the item stands for' }) count?: number;
  @ApiProperty({ format: 'date-time' }) since: string;
  @ApiProperty() read: boolean;
}

class InboxPageDoc {
  @ApiProperty({ format: 'date', description: 'Day that the remaining days are counted from' }) asOf: string;
  @ApiProperty({ type: [InboxItemDoc], description: 'Overdue first, then by last day, then tasks by age, then news' })
  items: InboxItemDoc[];
  @ApiPropertyOptional({ description: 'Place to go on from; absent on the last page' }) next?: string;
}

@ApiTags('inbox')
@ApiBearerAuth()
@Allow('clerk', 'officer', 'classTeacher')
@Controller('api/notify/v1/inbox')
export class InboxController {
  constructor(
    private readonly listInbox: ListInbox,
    private readonly markRead: MarkRead,
  ) {}

  @Get()
  @ApiOperation({ summary: 'What waits for the holder of my posts' })
  @ApiOkResponse({ type: InboxPageDoc })
  @ApiProblems()
  list(@By() actor: Actor, @Query() query: InboxQuery): Promise<InboxPage> {
    return this.listInbox.run(actor, query);
  }

  @Post(':id/read')
  @HttpCode(204)
  @ApiOperation({ summary: 'I have read it. Repeating it changes nothing, so it takes no idempotency key' })
  @ApiNoContentResponse()
  @ApiProblems()
  read(@By() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.markRead.run(actor, id);
  }
}
