import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { Actor, Allow, By } from '#libs/access';
import { roles } from '#libs/contracts';
import { ApiProblems, IsLegalDate } from '#libs/service-kit';
import { ShowPolicy } from './show-policy';

class InForceQuery {
  @ApiProperty({ example: '520103' })
  @Matches(/^\d{6,10}$/)
  office: string;

  @ApiPropertyOptional({ description: 'Legal date; today when absent' })
  @IsOptional()
  @IsLegalDate()
  on?: string;
}

class DifferenceQuery {
  @ApiProperty({ example: 'guizhou' })
  @Matches(/^[a-z0-9-]{1,80}$/)
  line: string;

  @ApiProperty({ example: '2014-03-01' })
  @IsLegalDate()
  from: string;

  @ApiProperty({ example: '2026-09-01' })
  @IsLegalDate()
  to: string;
}

class OfficeQuery {
  @ApiProperty({ example: '520103' })
  @Matches(/^\d{6,10}$/)
  office: string;
}

class TextDoc {
  @ApiProperty() zh: string;
  @ApiProperty() en: string;
}

class PackDoc {
  @ApiProperty({ example: 'guizhou-2014' }) id: string;
  @ApiProperty({ example: 'guizhou' }) line: string;
  @ApiProperty({ type: TextDoc }) title: TextDoc;
  @ApiProperty() document: string;
  @ApiProperty({ description: '试行文本 · a trial text' }) trial: boolean;
  @ApiPropertyOptional({ description: 'Why a text is made up, for the demo or a test' }) invented?: string;
  @ApiProperty() from: string;
  @ApiPropertyOptional({ description: 'Why this day, where the text has none' }) fromAssumed?: string;
  @ApiPropertyOptional() to?: string;
  @ApiPropertyOptional({ description: 'Division in and under which alone it holds' }) place?: string;
  @ApiProperty({ type: [String], description: 'Ids of the packs it rests on, nearest first' }) chain: string[];
}

class RuleDoc {
  @ApiProperty({ example: 'GZ-EN5' }) rule: string;
  @ApiProperty() pack: string;
  @ApiProperty() document: string;
  @ApiProperty() article: string;
}

class RuleInForceDoc extends RuleDoc {
  @ApiProperty({ enum: ['MUST', 'PRINCIPLE', 'MAY', 'DESC'] }) strength: string;
}

class ParameterDoc {
  @ApiProperty({ example: 'enrolment.minAge' }) parameter: string;
  @ApiProperty() description: string;
  @ApiPropertyOptional({ type: RuleDoc }) citation?: RuleDoc;
}

class SettingDoc extends ParameterDoc {
  @ApiProperty({ description: 'false: 未配置 · no text gives the value' }) configured: boolean;
  @ApiPropertyOptional({ description: 'Number, flag, code, list or object', type: Object }) value?: unknown;
  @ApiPropertyOptional() unit?: string;
  @ApiPropertyOptional({ description: 'The number itself is within the limit' }) inclusive?: boolean;
  @ApiPropertyOptional({ description: 'Event that starts the clock' }) startsAt?: string;
  @ApiPropertyOptional() strength?: string;
  @ApiPropertyOptional({ type: [RuleDoc], description: 'Every article that shaped the value' }) citations?: RuleDoc[];
  @ApiPropertyOptional({ description: 'Why this value, where the text does not say it' }) reading?: string;
}

class InForceDoc {
  @ApiProperty() office: string;
  @ApiProperty() on: string;
  @ApiProperty({ type: PackDoc }) pack: PackDoc;
  @ApiProperty({ type: [SettingDoc] }) parameters: SettingDoc[];
  @ApiProperty({ type: [RuleInForceDoc] }) rules: RuleInForceDoc[];
}

class DifferenceItemDoc {
  @ApiPropertyOptional({ description: 'A parameter …' }) parameter?: string;
  @ApiPropertyOptional({ description: '… or a rule' }) rule?: string;
  @ApiPropertyOptional({ type: Object, description: 'Setting, or document and article' }) before?: unknown;
  @ApiPropertyOptional({ type: Object }) after?: unknown;
}

class DifferenceDoc {
  @ApiProperty() line: string;
  @ApiProperty() from: string;
  @ApiProperty() to: string;
  @ApiProperty({ type: [DifferenceItemDoc] }) items: DifferenceItemDoc[];
}

class OpenParameterDoc extends ParameterDoc {
  @ApiPropertyOptional({ description: 'Records under the office whose check was not made' }) records?: number;
}

class NotConfiguredDoc {
  @ApiProperty() office: string;
  @ApiProperty({ type: PackDoc }) pack: PackDoc;
  @ApiProperty({ type: [OpenParameterDoc], description: 'Those that records wait for first' })
  items: OpenParameterDoc[];
}

@ApiTags('policies')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/registry/v1/policies')
export class PoliciesController {
  constructor(private readonly show: ShowPolicy) {}

  @Get('in-force')
  @Allow(...roles)
  @ApiOperation({ summary: '当日适用的规则 · the pack in force at an office, with every parameter and article' })
  @ApiOkResponse({ type: InForceDoc })
  inForce(@Query() query: InForceQuery) {
    return this.show.inForce(query.office, query.on);
  }

  @Get('difference')
  @Allow(...roles)
  @ApiOperation({ summary: '两个日期之间规则的变化 · what changed in a line between two days' })
  @ApiOkResponse({ type: DifferenceDoc })
  difference(@Query() query: DifferenceQuery) {
    return this.show.difference(query.line, query.from, query.to);
  }

  @Get('not-configured')
  @Allow('administrator', 'officer')
  @ApiOperation({
    summary: '本地可配置而未配置的事项 · what the office could set and has not, with the records affected',
  })
  @ApiOkResponse({ type: NotConfiguredDoc })
  notConfigured(@By() actor: Actor, @Query() query: OfficeQuery) {
    return this.show.notConfigured(actor, query.office);
  }
}
