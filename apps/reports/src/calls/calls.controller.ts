import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Actor, Allow, By } from '#libs/access';
import { ApiProblems } from '#libs/service-kit';
import { PeriodQuery } from '../roll/roll.dto';
import { CountCalls } from './count-calls';

class CompletenessRowDoc {
  @ApiProperty() school: string;
  @ApiProperty({ description: 'Classes times days that were called' }) called: number;
  @ApiProperty({ description: 'Classes times days that nobody called; what the children did is unknown' })
  unknown: number;
  @ApiProperty() onRoll: number;
  @ApiProperty() present: number;
  @ApiProperty() unexcused: number;
}

class CompletenessDoc {
  @ApiProperty() office: string;
  @ApiProperty() from: string;
  @ApiProperty() to: string;
  @ApiProperty({ type: [CompletenessRowDoc] }) rows: CompletenessRowDoc[];
}

class UnknownItemDoc {
  @ApiProperty() school: string;
  @ApiProperty() class: string;
  @ApiProperty() day: string;
}

class UnknownDoc {
  @ApiProperty() office: string;
  @ApiProperty() from: string;
  @ApiProperty() to: string;
  @ApiProperty({ type: [UnknownItemDoc] }) items: UnknownItemDoc[];
}

@ApiTags('roll calls')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/reports/v1/calls')
export class CallsController {
  constructor(private readonly countCalls: CountCalls) {}

  @Get()
  @Allow('clerk', 'deputyHead', 'officer', 'auditor')
  @ApiOperation({ summary: '点名完整情况，按学校 · how complete the roll calls are, by school (R5-06)' })
  @ApiOkResponse({ type: CompletenessDoc })
  completeness(@By() actor: Actor, @Query() query: PeriodQuery) {
    return this.countCalls.run(actor, query);
  }

  @Get('unknown')
  @Allow('clerk', 'deputyHead', 'officer')
  @ApiOperation({ summary: '没有点名的班级与日期 · classes and days that nobody called' })
  @ApiOkResponse({ type: UnknownDoc })
  unknown(@By() actor: Actor, @Query() query: PeriodQuery) {
    return this.countCalls.unknown(actor, { ...query, limit: 1000 });
  }
}
