import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiTags,
} from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { Actor, Allow, By } from '#libs/access';
import { officeKinds, roles, type OfficeKind } from '#libs/contracts';
import { ApiChange, ApiCommand, ApiProblems, IdempotencyKey, IfMatch, IsLegalDate, PageQuery } from '#libs/service-kit';
import { ListOffices } from './list-offices';
import { AuthorityKind, authorityKinds } from './office-rules';
import { OpenOffice } from './open-office';
import { SetLine } from './set-line';
import { ShowCalendar } from './show-calendar';

class OfficeBody {
  @ApiProperty({ description: '区划代码 · division code: 6 digits, a township 9', example: '520103' })
  @Matches(/^\d{6,9}$/)
  id: string;

  @ApiProperty({ enum: authorityKinds })
  @IsIn([...authorityKinds])
  kind: AuthorityKind;

  @ApiProperty({ example: '云岩区教育局' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name: string;

  @ApiPropertyOptional({
    description: 'Office above, there or earlier in the list; absent at a root',
    example: '520100',
  })
  @IsOptional()
  @Matches(/^\d{6,9}$/)
  parent?: string;

  @ApiPropertyOptional({ description: 'Line of packs for this office and everything under it', example: 'guizhou' })
  @IsOptional()
  @Matches(/^[a-z0-9-]{1,80}$/)
  line?: string;

  @ApiProperty({ description: 'Legal date from which it exists', example: '2014-03-01' })
  @IsLegalDate()
  from: string;
}

class OpenOfficesBody {
  @ApiProperty({ type: [OfficeBody], minItems: 1, maxItems: 1000 })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @ValidateNested({ each: true })
  @Type(() => OfficeBody)
  offices: OfficeBody[];
}

class SetLineBody {
  @ApiProperty({ example: 'guizhou-xifeng' })
  @Matches(/^[a-z0-9-]{1,80}$/)
  line: string;

  @ApiPropertyOptional({ description: 'First day; today when absent' })
  @IsOptional()
  @IsLegalDate()
  from?: string;
}

class ListOfficesQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Only this office and what lies under it' })
  @IsOptional()
  @Matches(/^\d{6,10}$/)
  under?: string;

  @ApiPropertyOptional({ enum: officeKinds })
  @IsOptional()
  @IsIn([...officeKinds])
  kind?: OfficeKind;

  @ApiPropertyOptional({ description: '`next` of the page before' })
  @IsOptional()
  @Matches(/^\/(\d{6,10}\/){1,8}$/)
  after?: string;
}

class CalendarQuery {
  @ApiProperty({ example: '2026-09-01' })
  @IsLegalDate()
  from: string;

  @ApiProperty({ description: 'At most 400 days after `from`', example: '2027-01-31' })
  @IsLegalDate()
  to: string;
}

export class OpenedOfficeDoc {
  @ApiProperty() id: string;
  @ApiProperty({ example: '/520000/520100/520103/' }) path: string;
  @ApiProperty() version: number;
}

class OpenedOfficesDoc {
  @ApiProperty({ type: [OpenedOfficeDoc], description: 'In the order of the list' }) offices: OpenedOfficeDoc[];
}

class LineDoc {
  @ApiProperty() line: string;
  @ApiProperty({ description: 'First day' }) from: string;
}

class OfficeDoc extends OpenedOfficeDoc {
  @ApiProperty({ enum: officeKinds }) kind: string;
  @ApiProperty() name: string;
  @ApiPropertyOptional() parent?: string;
  @ApiProperty() from: string;
  @ApiPropertyOptional({ description: 'Last day' }) to?: string;
  @ApiProperty({ type: [LineDoc], description: 'Lines set here, oldest first' }) lines: LineDoc[];
}

class OfficePageDoc {
  @ApiProperty({ type: [OfficeDoc], description: 'Ordered by path' }) items: OfficeDoc[];
  @ApiPropertyOptional({ description: 'Absent on the last page' }) next?: string;
}

class DayTermDoc {
  @ApiProperty() schoolYear: string;
  @ApiProperty() term: string;
  @ApiProperty({ description: 'Office that set it' }) office: string;
}

class LocalDayDoc {
  @ApiProperty({ enum: ['closed', 'makeUp'] }) kind: string;
  @ApiProperty() name: string;
  @ApiProperty({ description: 'Office that says so' }) office: string;
}

class DayDoc {
  @ApiProperty() date: string;
  @ApiProperty({ description: '上课日 · pupils are taught' }) school: boolean;
  @ApiProperty({ description: '工作日 · offices work' }) working: boolean;
  @ApiProperty({ enum: ['order', 'week', 'local', 'assumed'], description: 'Source of the working day' })
  basis: string;
  @ApiProperty({ description: 'No order on holidays covers the day yet; it may change' }) provisional: boolean;
  @ApiPropertyOptional({ description: 'Holiday' }) name?: string;
  @ApiPropertyOptional({ description: 'Order of the State Council' }) document?: string;
  @ApiPropertyOptional({ type: DayTermDoc }) term?: DayTermDoc;
  @ApiPropertyOptional({ type: LocalDayDoc }) local?: LocalDayDoc;
}

class CalendarDoc {
  @ApiProperty() office: string;
  @ApiProperty() schoolDays: number;
  @ApiProperty() workingDays: number;
  @ApiProperty({ type: [DayDoc] }) days: DayDoc[];
}

@ApiTags('offices')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/registry/v1/offices')
export class OfficesController {
  constructor(
    private readonly openOffice: OpenOffice,
    private readonly setLine: SetLine,
    private readonly listOffices: ListOffices,
    private readonly showCalendar: ShowCalendar,
  ) {}

  @Post()
  @Allow('administrator')
  @ApiCommand()
  @ApiOperation({ summary: '设立主管机构（整份办理）· open authorities, all of the list or none' })
  @ApiCreatedResponse({ type: OpenedOfficesDoc })
  open(@By() actor: Actor, @IdempotencyKey() key: string, @Body() body: OpenOfficesBody) {
    return this.openOffice.run(actor, key, body.offices);
  }

  @Post(':id/line')
  @Allow('administrator')
  @ApiChange()
  @ApiOperation({ summary: '设置适用的规则线 · set the line of packs of an office and everything under it' })
  @ApiCreatedResponse({ type: OpenedOfficeDoc })
  line(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @IfMatch() version: number,
    @Param('id') office: string,
    @Body() body: SetLineBody,
  ) {
    return this.setLine.run(actor, key, { office, version, ...body });
  }

  @Get()
  @Allow(...roles)
  @ApiOperation({ summary: '机构列表（本岗位范围内）· offices in scope, paged by path' })
  @ApiOkResponse({ type: OfficePageDoc })
  list(@By() actor: Actor, @Query() query: ListOfficesQuery) {
    return this.listOffices.run(actor, query);
  }

  @Get(':id/calendar')
  @Allow(...roles)
  @ApiOperation({ summary: '校历：上课日、工作日及其依据 · school days and working days with their source' })
  @ApiOkResponse({ type: CalendarDoc })
  calendar(@By() actor: Actor, @Param('id') id: string, @Query() query: CalendarQuery) {
    return this.showCalendar.run(actor, id, query.from, query.to);
  }
}
