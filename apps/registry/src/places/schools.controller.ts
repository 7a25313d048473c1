import { Body, Controller, Get, Param, Post } from '@nestjs/common';
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
import { operators, roles, schoolTypes, stages } from '#libs/contracts';
import { ApiCommand, ApiProblems, IdempotencyKey, IsLegalDate } from '#libs/service-kit';
import { ClassDoc } from './classes.controller';
import { OpenedOfficeDoc } from './offices.controller';
import { OpenSchool } from './open-school';
import { ShowSchool } from './show-school';

const schoolGrades = ['provincialDemo', 'ordinary'] as const;

/** Type, operator, stages and code are judged by the pack, so that a refusal names its article. */
class SchoolBody {
  @ApiProperty({ description: '学校代码库中的10位代码 · code of the planning library', example: '2152000001' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(40)
  code: string;

  @ApiProperty({ example: '云岩区第一小学' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name: string;

  @ApiProperty({ description: 'County or township where it stands', example: '520103' })
  @Matches(/^\d{6,9}$/)
  parent: string;

  @ApiProperty({ enum: schoolTypes })
  @IsString()
  @MaxLength(40)
  type: string;

  @ApiProperty({ enum: operators })
  @IsString()
  @MaxLength(40)
  operator: string;

  @ApiProperty({ enum: stages, isArray: true })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(3)
  @IsString({ each: true })
  @MaxLength(40, { each: true })
  stages: string[];

  @ApiPropertyOptional({ description: '直属学校的主管机构 · authority that governs it directly; absent: its county' })
  @IsOptional()
  @Matches(/^\d{6}$/)
  managedBy?: string;

  @ApiPropertyOptional({ enum: schoolGrades, description: 'Senior stage only' })
  @IsOptional()
  @IsIn([...schoolGrades])
  grade?: (typeof schoolGrades)[number];

  @ApiPropertyOptional({ description: "The school's own line of packs" })
  @IsOptional()
  @Matches(/^[a-z0-9-]{1,80}$/)
  line?: string;

  @ApiProperty({ example: '2014-09-01' })
  @IsLegalDate()
  from: string;
}

class OpenSchoolsBody {
  @ApiProperty({ type: [SchoolBody], minItems: 1, maxItems: 1000 })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @ValidateNested({ each: true })
  @Type(() => SchoolBody)
  schools: SchoolBody[];
}

class OpenedSchoolsDoc {
  @ApiProperty({ type: [OpenedOfficeDoc], description: 'In the order of the list' }) schools: OpenedOfficeDoc[];
}

class StageAuthorityDoc {
  @ApiProperty({ enum: stages }) stage: string;
  @ApiPropertyOptional({ description: 'Record authority today; absent when the line does not say' }) authority?: string;
}

class SchoolDoc extends OpenedOfficeDoc {
  @ApiProperty() name: string;
  @ApiProperty({ enum: schoolTypes }) type: string;
  @ApiProperty({ enum: operators }) operator: string;
  @ApiProperty({ enum: stages, isArray: true }) stages: string[];
  @ApiProperty() managedBy: string;
  @ApiPropertyOptional({ enum: schoolGrades }) grade?: string;
  @ApiProperty() from: string;
  @ApiPropertyOptional() to?: string;
  @ApiProperty({ description: 'Line of packs that judges here today' }) line: string;
  @ApiProperty({ type: [StageAuthorityDoc] }) authorities: StageAuthorityDoc[];
  @ApiProperty({ type: [ClassDoc] }) classes: ClassDoc[];
}

@ApiTags('schools')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/registry/v1/schools')
export class SchoolsController {
  constructor(
    private readonly openSchool: OpenSchool,
    private readonly showSchool: ShowSchool,
  ) {}

  @Post()
  @Allow('administrator')
  @ApiCommand()
  @ApiOperation({ summary: '登记学校（整份办理）· enter schools, all of the list or none' })
  @ApiCreatedResponse({ type: OpenedSchoolsDoc })
  open(@By() actor: Actor, @IdempotencyKey() key: string, @Body() body: OpenSchoolsBody) {
    return this.openSchool.run(actor, key, body.schools);
  }

  @Get(':code')
  @Allow(...roles)
  @ApiOperation({ summary: '学校及其班级和名额 · a school with its classes and seats' })
  @ApiOkResponse({ type: SchoolDoc })
  one(@By() actor: Actor, @Param('code') code: string) {
    return this.showSchool.run(actor, code);
  }
}
