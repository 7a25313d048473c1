import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Actor, Allow, By } from '#libs/access';
import { ApiProblems } from '#libs/service-kit';
import { AsOfQuery } from '../roll/roll.dto';
import { ListFindings } from './list-findings';

class CitationDoc {
  @ApiProperty() rule: string;
  @ApiProperty() document: string;
  @ApiProperty() article: string;
}

class OverCapDoc {
  @ApiProperty() class: string;
  @ApiProperty() school: string;
  @ApiProperty() name: string;
  @ApiProperty() grade: number;
  @ApiProperty() count: number;
  @ApiProperty() cap: number;
  @ApiProperty({ type: CitationDoc }) citation: CitationDoc;
}

class QuestionDoc {
  @ApiProperty() office: string;
  @ApiProperty() on: string;
  @ApiProperty() knownOn: string;
}

class OverCapsDoc extends QuestionDoc {
  @ApiProperty({ type: [OverCapDoc] }) over: OverCapDoc[];
  @ApiProperty({ description: 'Classes for which no text gives a cap' }) notConfigured: number;
  @ApiProperty() checked: number;
}

class ClosedDropoutDoc {
  @ApiProperty() student: string;
  @ApiProperty() school: string;
  @ApiProperty({ description: 'First day without a seat' }) to: string;
}

class ClosedDropoutsDoc {
  @ApiProperty() office: string;
  @ApiProperty() knownOn: string;
  @ApiProperty({ type: [ClosedDropoutDoc] }) items: ClosedDropoutDoc[];
}

class TwiceDoc {
  @ApiProperty() student: string;
  @ApiProperty({ type: [String] }) schools: string[];
}

class CountedTwiceDoc extends QuestionDoc {
  @ApiProperty({ type: [TwiceDoc] }) items: TwiceDoc[];
}

class LateEntriesRowDoc {
  @ApiProperty() school: string;
  @ApiProperty() count: number;
}

class LateEntriesDoc extends QuestionDoc {
  @ApiProperty({ type: [LateEntriesRowDoc] }) rows: LateEntriesRowDoc[];
}

@ApiTags('quality')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/reports/v1/quality')
export class QualityController {
  constructor(private readonly findings: ListFindings) {}

  @Get('over-cap')
  @Allow('clerk', 'deputyHead', 'officer')
  @ApiOperation({ summary: '超班额班级及其依据 · classes above their cap, with the article (DQ24)' })
  @ApiOkResponse({ type: OverCapsDoc })
  overCap(@By() actor: Actor, @Query() query: AsOfQuery) {
    return this.findings.overCap(actor, query);
  }

  @Get('closed-dropouts')
  @Allow('officer')
  @ApiOperation({
    summary: '义务教育年限内被终结的辍学学籍 · records of dropouts closed inside the compulsory years (DQ4)',
  })
  @ApiOkResponse({ type: ClosedDropoutsDoc })
  closedDropouts(@By() actor: Actor, @Query() query: AsOfQuery) {
    return this.findings.closedDropouts(actor, { ...query, limit: 500 });
  }

  @Get('counted-twice')
  @Allow('officer')
  @ApiOperation({ summary: '同一日被两校统计的学生 · children whom two schools count on one day (DQ12)' })
  @ApiOkResponse({ type: CountedTwiceDoc })
  countedTwice(@By() actor: Actor, @Query() query: AsOfQuery) {
    return this.findings.countedTwice(actor, query);
  }

  @Get('late-entries')
  @Allow('clerk', 'deputyHead', 'officer')
  @ApiOperation({ summary: '逾期建籍，按学校 · records made later than their time, by school (DQ28)' })
  @ApiOkResponse({ type: LateEntriesDoc })
  lateEntries(@By() actor: Actor, @Query() query: AsOfQuery) {
    return this.findings.lateEntries(actor, query);
  }
}
