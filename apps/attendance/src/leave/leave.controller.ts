import { Body, Controller, Get, Header, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiTags,
} from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsIn, IsOptional, IsString, IsUUID, Matches, MaxLength } from 'class-validator';
import { Actor, Allow, By } from '#libs/access';
import {
  ApiChange,
  ApiCommand,
  ApiProblems,
  Clock,
  IdempotencyKey,
  IfMatch,
  IsLegalDate,
  notFound,
  pageOf,
  PageQuery,
} from '#libs/service-kit';
import { WordsRepository } from '../words/words.repository';
import { DecideLeave } from './decide-leave';
import { FileLeave } from './file-leave';
import { type Decision, type Leave, type LeaveReason, leaveReasons, type LeaveState } from './leave';
import { LeavesRepository } from './leaves.repository';

const states: LeaveState[] = ['asked', 'granted', 'declined', 'revoked'];
const decisions: Decision[] = ['grant', 'decline', 'revoke'];

class LeaveBody {
  @ApiProperty() @IsUUID() student: string;
  @ApiProperty() @IsLegalDate() from: string;
  @ApiProperty({ description: 'Last day, included' }) @IsLegalDate() to: string;

  @ApiProperty({ enum: leaveReasons, description: '病假、事假' })
  @IsIn([...leaveReasons])
  reason: LeaveReason;

  @ApiPropertyOptional({ description: 'Kept sealed' })
  @IsOptional()
  @IsString()
  @Matches(/\S/, { message: '$property must hold words' })
  @MaxLength(1000)
  words?: string;

  @ApiProperty({ type: [String], description: 'Digests that the upload gave' })
  @IsArray()
  @ArrayMaxSize(10)
  @Matches(/^[0-9a-f]{64}$/, { each: true })
  papers: string[];
}

class DecisionBody {
  @ApiProperty({ enum: decisions, description: '准假、不准、销假' })
  @IsIn(decisions)
  decision: Decision;
}

class LeaveAnswerDoc {
  @ApiProperty() id: string;
  @ApiProperty() version: number;
  @ApiProperty({ enum: states }) state: LeaveState;
}

class LeavesQuery extends PageQuery {
  @ApiPropertyOptional() @IsOptional() @Matches(/^\d{10}$/) school?: string;
  @ApiPropertyOptional() @IsOptional() @IsUUID() student?: string;
  @ApiPropertyOptional({ enum: states }) @IsOptional() @IsIn(states) state?: LeaveState;
  @ApiPropertyOptional({ description: '`next` of the page before' }) @IsOptional() @IsUUID() after?: string;
}

class LeaveDoc extends LeaveAnswerDoc {
  @ApiProperty() student: string;
  @ApiProperty() school: string;
  @ApiProperty({ format: 'date' }) from: string;
  @ApiProperty({ format: 'date' }) to: string;
  @ApiProperty({ enum: leaveReasons }) reason: LeaveReason;
  @ApiProperty({ type: [String] }) papers: string[];
  @ApiProperty({ format: 'date' }) askedOn: string;
  @ApiPropertyOptional({ format: 'date' }) decidedOn?: string;
}

class LeavesDoc {
  @ApiProperty({ type: [LeaveDoc] }) items: LeaveDoc[];
  @ApiPropertyOptional() next?: string;
}

class WordsDoc {
  @ApiProperty() what: string;
  @ApiProperty() text: string;
  @ApiProperty() account: string;
  @ApiProperty({ format: 'date-time' }) at: Date;
}

export class AllWordsDoc {
  @ApiProperty({ type: [WordsDoc] }) items: WordsDoc[];
}

@ApiTags('leave')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/attendance/v1/leaves')
export class LeaveController {
  constructor(
    private readonly fileLeave: FileLeave,
    private readonly decideLeave: DecideLeave,
    private readonly leaves: LeavesRepository,
    private readonly words: WordsRepository,
    private readonly clock: Clock,
  ) {}

  @Post()
  @Allow('classTeacher', 'clerk')
  @ApiCommand()
  @ApiOperation({ summary: '登记请假，可以补办 · ask for leave, before its days or after them' })
  @ApiCreatedResponse({ type: LeaveAnswerDoc })
  file(@By() actor: Actor, @IdempotencyKey() key: string, @Body() body: LeaveBody) {
    return this.fileLeave.run(actor, key, { ...body });
  }

  @Post(':id/decision')
  @HttpCode(200)
  @Allow('classTeacher', 'clerk')
  @ApiChange()
  @ApiOperation({ summary: '准假、不准或销假；准假使缺勤变为请假 · grant, decline or take back a leave' })
  @ApiOkResponse({ type: LeaveAnswerDoc })
  decide(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @IfMatch() version: number,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { decision }: DecisionBody,
  ) {
    return this.decideLeave.run(actor, key, { id, version, decision });
  }

  @Get()
  @Allow('classTeacher', 'clerk', 'deputyHead')
  @ApiOperation({ summary: '请假列表（本校）· leave of the own school' })
  @ApiOkResponse({ type: LeavesDoc })
  async list(@By() actor: Actor, @Query() { school, student, state, after, limit }: LeavesQuery) {
    const found = await this.leaves.list(actor, { school, student, state, after, limit: limit + 1 });
    return pageOf(found, limit, viewOf, ({ _id }) => _id);
  }

  @Get(':id/words')
  @Allow('classTeacher', 'clerk')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: '请假事由（留痕）· the reason in words; the reading is recorded' })
  @ApiOkResponse({ type: AllWordsDoc })
  async wordsOf(@By() actor: Actor, @Param('id', ParseUUIDPipe) id: string) {
    const leave = await this.leaves.find(id);
    if (!leave || !actor.covers(leave.path)) throw notFound();
    return { items: await this.words.read(actor, { kind: 'leave', id }, this.clock.now()) };
  }
}

const viewOf = ({
  _id,
  version,
  state,
  student,
  school,
  from,
  to,
  reason,
  papers,
  asked,
  decided,
}: Leave): LeaveDoc => ({
  ...{ id: _id, version, state, student, school, from, to, reason, papers },
  askedOn: asked.on,
  ...(decided && { decidedOn: decided.on }),
});
