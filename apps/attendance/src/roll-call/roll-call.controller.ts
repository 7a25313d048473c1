import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, IsInt, IsOptional, IsUUID, Min, ValidateNested } from 'class-validator';
import { Actor, Allow, By } from '#libs/access';
import { sessions, type Session } from '#libs/contracts';
import { ApiCommand, ApiProblems, IdempotencyKey, IsLegalDate } from '#libs/service-kit';
import { absenceKinds, type AbsenceKind } from './roll-call';
import { ShowRollCalls } from './show-roll-calls';
import { TakeRollCall } from './take-roll-call';

class ExceptionBody {
  @ApiProperty({ description: 'Opaque id of the child' })
  @IsUUID()
  student: string;

  @ApiProperty({ enum: absenceKinds, description: '迟到、早退、病假、事假、无故缺勤' })
  @IsIn([...absenceKinds])
  kind: AbsenceKind;
}

class RollCallBody {
  @ApiProperty({ example: '2026-09-08' }) @IsLegalDate() day: string;

  @ApiPropertyOptional({
    enum: sessions,
    default: 'day',
    description: 'Part of the day; `day` where there is one call',
  })
  @IsOptional()
  @IsIn([...sessions])
  session?: Session;

  @ApiProperty({ type: [ExceptionBody], description: 'Only who missed something; an empty list: all present' })
  @IsArray()
  @ArrayMaxSize(500)
  @ValidateNested({ each: true })
  @Type(() => ExceptionBody)
  exceptions: ExceptionBody[];

  @ApiPropertyOptional({ description: 'Version that is corrected; absent: the first roll call' })
  @IsOptional()
  @IsInt()
  @Min(1)
  version?: number;
}

class TakenDoc {
  @ApiProperty({ example: '019a…/2026-09-08/day' }) id: string;
  @ApiProperty() version: number;
  @ApiProperty({ description: 'Children that were called' }) onRoll: number;
  @ApiProperty({ description: 'Children that were there' }) present: number;
}

class PeriodQuery {
  @ApiProperty() @IsLegalDate() from: string;
  @ApiProperty() @IsLegalDate() to: string;
}

class DayQuery {
  @ApiPropertyOptional({ description: 'Default: today' })
  @IsOptional()
  @IsLegalDate()
  day?: string;
}

class RosterQuery {
  @ApiProperty() @IsLegalDate() day: string;
}

class RosterDoc {
  @ApiProperty() class: string;
  @ApiProperty({ format: 'date' }) day: string;
  @ApiProperty({ type: [String], description: 'Opaque ids; names are shown by the registry' }) students: string[];
}

class SessionDoc {
  @ApiProperty({ enum: sessions }) session: Session;
  @ApiProperty() version: number;
  @ApiProperty() onRoll: number;
  @ApiProperty() present: number;
}

class ClassOfDayDoc {
  @ApiProperty() class: string;
  @ApiProperty() name: string;
  @ApiProperty({ enum: ['called', 'unknown', 'empty'], description: '`unknown` is not full attendance' }) state: string;
  @ApiProperty({ type: [SessionDoc] }) sessions: SessionDoc[];
}

class SchoolDayDoc {
  @ApiProperty() school: string;
  @ApiProperty({ format: 'date' }) day: string;
  @ApiProperty({ description: 'Whether pupils are taught on this day' }) schoolDay: boolean;
  @ApiPropertyOptional({ description: 'Name of the holiday' }) name?: string;
  @ApiProperty({ type: [ClassOfDayDoc] }) classes: ClassOfDayDoc[];
}

class ShownExceptionDoc {
  @ApiProperty() student: string;
  @ApiProperty({ enum: absenceKinds }) kind: string;
  @ApiProperty({ description: 'What it counts as, a leave taken into account' }) counts: string;
}

class EarlierDoc {
  @ApiProperty() version: number;
  @ApiProperty({ type: [ExceptionBody] }) exceptions: ExceptionBody[];
  @ApiProperty() account: string;
  @ApiProperty({ format: 'date-time' }) at: Date;
}

class RollCallDoc {
  @ApiProperty() id: string;
  @ApiProperty() version: number;
  @ApiProperty({ format: 'date' }) day: string;
  @ApiProperty({ enum: sessions }) session: Session;
  @ApiProperty() onRoll: number;
  @ApiProperty() present: number;
  @ApiProperty({ type: [ShownExceptionDoc] }) exceptions: ShownExceptionDoc[];
  @ApiProperty() account: string;
  @ApiProperty({ format: 'date-time' }) at: Date;
  @ApiProperty({ type: [EarlierDoc], description: 'What it said before it was corrected' }) history: EarlierDoc[];
}

class RollCallsDoc {
  @ApiProperty({ type: [RollCallDoc] }) items: RollCallDoc[];
}

@ApiTags('roll calls')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/attendance/v1')
export class RollCallController {
  constructor(
    private readonly takeRollCall: TakeRollCall,
    private readonly show: ShowRollCalls,
  ) {}

  @Post('classes/:class/roll-calls')
  @HttpCode(200)
  @Allow('classTeacher', 'clerk')
  @ApiCommand()
  @ApiOperation({
    summary: '点名或更正点名：全到一次完成，否则只列例外 · take the roll call of a class, or correct it',
  })
  @ApiOkResponse({ type: TakenDoc })
  take(@By() actor: Actor, @IdempotencyKey() key: string, @Param('class') classId: string, @Body() body: RollCallBody) {
    const { day, session = 'day', exceptions, version } = body;
    return this.takeRollCall.run(actor, key, {
      ...{ class: classId, day, session },
      exceptions: exceptions.map(({ student, kind }) => ({ student, kind })),
      ...(version !== undefined && { version }),
    });
  }

  @Get('classes/:class/roll-calls')
  @Allow('classTeacher', 'clerk', 'deputyHead')
  @ApiOperation({ summary: '班级点名记录，含更正前的内容 · roll calls of a class, with what they said before' })
  @ApiOkResponse({ type: RollCallsDoc })
  ofClass(@By() actor: Actor, @Param('class') classId: string, @Query() { from, to }: PeriodQuery) {
    return this.show.ofClass(actor, classId, from, to);
  }

  @Get('classes/:class/roster')
  @Allow('classTeacher', 'clerk', 'deputyHead')
  @ApiOperation({ summary: '当日应点名学生 · who is to be called in a class on a day' })
  @ApiOkResponse({ type: RosterDoc })
  roster(@By() actor: Actor, @Param('class') classId: string, @Query() { day }: RosterQuery) {
    return this.show.roster(actor, classId, day);
  }

  @Get('schools/:school/roll-calls')
  @Allow('classTeacher', 'clerk', 'deputyHead', 'officer')
  @ApiOperation({ summary: '全校当日点名情况，未点名为“未知” · every class of a school on a day' })
  @ApiOkResponse({ type: SchoolDayDoc })
  ofSchool(@By() actor: Actor, @Param('school') school: string, @Query() { day }: DayQuery) {
    return this.show.ofSchool(actor, school, day);
  }
}
