import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
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
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { Actor, Allow, By } from '#libs/access';
import { ApiCommand, ApiProblems, IdempotencyKey, IsLegalDate, PageQuery } from '#libs/service-kit';
import { Breakdown, breakdowns } from '../roll/figures';
import { HeadCountDoc } from '../roll/roll.dto';
import { DrawFigures } from './draw-figures';

class DrawBody {
  @ApiPropertyOptional({ example: '520103' })
  @IsOptional()
  @Matches(/^\d{6,10}$/)
  office?: string;

  @ApiProperty({ description: 'What the figures are for', example: '2026年秋季生均公用经费' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  purpose: string;

  @ApiProperty({ example: '2026-09-01' })
  @IsLegalDate()
  on: string;

  @ApiPropertyOptional({ description: 'Absent: today' })
  @IsOptional()
  @IsLegalDate()
  knownOn?: string;

  @ApiProperty({ enum: breakdowns, isArray: true, example: ['school', 'stage'] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(4)
  @ArrayUnique()
  @IsIn([...breakdowns], { each: true })
  by: Breakdown[];
}

class ReturnRowBody {
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { school: '2152000001', stage: 'primary' },
  })
  @IsObject()
  by: Record<string, string>;

  @ApiProperty()
  @IsInt()
  @Min(0)
  count: number;
}

class ReturnBody {
  @ApiProperty({ type: [ReturnRowBody], maxItems: 5000 })
  @IsArray()
  @ArrayMaxSize(5000)
  @ValidateNested({ each: true })
  @Type(() => ReturnRowBody)
  rows: ReturnRowBody[];
}

class DrawingsQuery extends PageQuery {
  @ApiPropertyOptional({ description: '`next` of the page before' })
  @IsOptional()
  @IsUUID()
  after?: string;
}

class DrawingDoc extends HeadCountDoc {
  @ApiProperty() id: string;
  @ApiProperty() purpose: string;
  @ApiProperty({ enum: breakdowns, isArray: true }) by: Breakdown[];
  @ApiProperty() drawnAt: string;
  @ApiProperty() account: string;
}

class DrawingsDoc {
  @ApiProperty({ type: [DrawingDoc] }) items: DrawingDoc[];
  @ApiPropertyOptional() next?: string;
}

class DifferenceDoc {
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } }) by: Record<string, string>;
  @ApiPropertyOptional({ description: 'Absent: the row was not there' }) was?: number;
  @ApiPropertyOptional({ description: 'Absent: the row is not there' }) is?: number;
}

class ComparedDoc {
  @ApiProperty() id: string;
  @ApiProperty({ type: [DifferenceDoc] }) differences: DifferenceDoc[];
}

@ApiTags('drawings')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/reports/v1/drawings')
export class DrawingsController {
  constructor(private readonly drawFigures: DrawFigures) {}

  @Post()
  @Allow('officer')
  @ApiCommand()
  @ApiOperation({ summary: '提取并留存数字 · draw head counts for a purpose and keep them (GZ-GU1, FJ-RP1)' })
  @ApiCreatedResponse({ type: DrawingDoc })
  draw(@By() actor: Actor, @IdempotencyKey() key: string, @Body() body: DrawBody) {
    return this.drawFigures.draw(actor, key, body);
  }

  @Get()
  @Allow('officer', 'auditor')
  @ApiOperation({ summary: '已提取的数字 · figures that were drawn' })
  @ApiOkResponse({ type: DrawingsDoc })
  list(@By() actor: Actor, @Query() query: DrawingsQuery) {
    return this.drawFigures.list(actor, query);
  }

  @Get(':id/again')
  @Allow('officer', 'auditor')
  @ApiOperation({ summary: '重新提取并比对 · draw again and compare: no difference (DQ34, D5-27)' })
  @ApiOkResponse({ type: ComparedDoc })
  again(@By() actor: Actor, @Param('id', ParseUUIDPipe) id: string) {
    return this.drawFigures.again(actor, id);
  }

  @Post(':id/compare')
  @HttpCode(200)
  @Allow('officer', 'auditor')
  @ApiOperation({ summary: '与统计报表比对 · compare with the figures of a statistical return (DQ34)' })
  @ApiOkResponse({ type: ComparedDoc })
  compare(@By() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Body() body: ReturnBody) {
    return this.drawFigures.compare(actor, id, body.rows);
  }
}
