import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { Actor, Allow, By } from '#libs/access';
import { ApiProblems, IsLegalDate } from '#libs/service-kit';
import { PeriodQuery, PlaceQuery } from '../roll/roll.dto';
import { CountCases } from './count-cases';

const longest = 500;

class WaitingQuery extends PlaceQuery {
  @ApiPropertyOptional({ description: 'Absent: today' })
  @IsOptional()
  @IsLegalDate()
  on?: string;
}

class StepRowDoc {
  @ApiProperty() step: string;
  @ApiProperty({ description: 'Working days left, `overdue`, or `notConfigured` where the pack gives no number' })
  left: string;
  @ApiProperty() count: number;
}

class WaitingCaseDoc {
  @ApiProperty() case: string;
  @ApiProperty() student: string;
  @ApiProperty() step: string;
  @ApiProperty() office: string;
  @ApiProperty() arrivedOn: string;
  @ApiPropertyOptional() dueOn?: string;
  @ApiPropertyOptional() workingDaysLeft?: number;
  @ApiProperty() overdue: boolean;
}

class WaitingDoc {
  @ApiProperty() office: string;
  @ApiProperty() on: string;
  @ApiProperty() total: number;
  @ApiProperty({ type: [StepRowDoc] }) rows: StepRowDoc[];
  @ApiProperty({ type: [WaitingCaseDoc], description: `At most ${longest}, the most urgent first` })
  cases: WaitingCaseDoc[];
}

class LateRowDoc {
  @ApiProperty() office: string;
  @ApiProperty() count: number;
}

class LateStepDoc {
  @ApiProperty() case: string;
  @ApiProperty() step: string;
  @ApiProperty() office: string;
  @ApiProperty() arrivedOn: string;
  @ApiProperty() dueOn: string;
  @ApiPropertyOptional({ description: 'Absent: still waiting' }) actedOn?: string;
}

class LateDoc {
  @ApiProperty() office: string;
  @ApiProperty() from: string;
  @ApiProperty() to: string;
  @ApiProperty() total: number;
  @ApiProperty({ type: [LateRowDoc] }) rows: LateRowDoc[];
  @ApiProperty({ type: [LateStepDoc] }) steps: LateStepDoc[];
}

@ApiTags('cases')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/reports/v1/cases')
export class CasesController {
  constructor(private readonly countCases: CountCases) {}

  @Get('waiting')
  @Allow('clerk', 'deputyHead', 'officer')
  @ApiOperation({ summary: '在办异动：环节与剩余工作日 · movements under way by step and working days left' })
  @ApiOkResponse({ type: WaitingDoc })
  waiting(@By() actor: Actor, @Query() query: WaitingQuery) {
    return this.countCases.waiting(actor, { ...query, limit: longest });
  }

  @Get('late')
  @Allow('clerk', 'deputyHead', 'officer')
  @ApiOperation({ summary: '逾期环节，按单位 · steps done late or not at all, by office (DQ28)' })
  @ApiOkResponse({ type: LateDoc })
  late(@By() actor: Actor, @Query() query: PeriodQuery) {
    return this.countCases.late(actor, { ...query, limit: longest });
  }
}
