import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
} from 'class-validator';
import { stages, type Stage } from '#libs/contracts';
import { IsLegalDate, PageQuery } from '#libs/service-kit';
import { Breakdown, breakdowns } from './figures';

const listed = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' ? value.split(',').filter(Boolean) : value;

export class PlaceQuery {
  @ApiPropertyOptional({
    description: 'Division code or school code; absent: the office of the reader',
    example: '520103',
  })
  @IsOptional()
  @Matches(/^\d{6,10}$/)
  office?: string;
}

export class AsOfQuery extends PlaceQuery {
  @ApiPropertyOptional({ description: 'Day that is asked about; absent: today', example: '2026-09-01' })
  @IsOptional()
  @IsLegalDate()
  on?: string;

  @ApiPropertyOptional({ description: 'Day whose knowledge answers, to its end; absent: today', example: '2026-09-20' })
  @IsOptional()
  @IsLegalDate()
  knownOn?: string;
}

export class HeadCountQuery extends AsOfQuery {
  @ApiPropertyOptional({
    type: String,
    description: `One or more of ${breakdowns.join(', ')}, with commas`,
    example: 'grade,sex',
  })
  @IsOptional()
  @Transform(listed)
  @IsArray()
  @ArrayUnique()
  @ArrayMaxSize(4)
  @IsIn([...breakdowns], { each: true })
  by: Breakdown[] = [];
}

export class ChildrenQuery extends PageQuery {
  @ApiPropertyOptional()
  @IsOptional()
  @Matches(/^\d{6,10}$/)
  office?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsLegalDate()
  on?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsLegalDate()
  knownOn?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @Matches(/^\d{10}$/)
  school?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(80)
  class?: string;

  @ApiPropertyOptional({ enum: stages })
  @IsOptional()
  @IsIn([...stages])
  stage?: Stage;

  @ApiPropertyOptional({ type: Number, description: 'Cohort: year of entry into the stage' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  entryYear?: number;

  @ApiPropertyOptional({ enum: ['1', '2'] })
  @IsOptional()
  @IsIn(['1', '2'])
  sex?: '1' | '2';

  @ApiPropertyOptional({ example: 'dropout' })
  @IsOptional()
  @Matches(/^[A-Za-z]{1,40}$/)
  mark?: string;

  @ApiPropertyOptional({ description: '`next` of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(80)
  after?: string;
}

export class DifferencesQuery extends AsOfQuery {
  @ApiProperty({ description: 'Earlier day whose knowledge is compared', example: '2026-09-01' })
  @IsLegalDate()
  thenKnownOn: string;
}

export class PeriodQuery extends PlaceQuery {
  @ApiProperty({ example: '2026-09-01' })
  @IsLegalDate()
  from: string;

  @ApiProperty({ example: '2026-09-30' })
  @IsLegalDate()
  to: string;
}

export class MovementsQuery extends PeriodQuery {
  @ApiPropertyOptional()
  @IsOptional()
  @IsLegalDate()
  knownOn?: string;
}

export class RowDoc {
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, example: { grade: '7', sex: '2' } })
  by: Record<string, string>;
  @ApiProperty() count: number;
}

class QuestionDoc {
  @ApiProperty() office: string;
  @ApiProperty({ description: 'Day asked about' }) on: string;
  @ApiProperty({ description: 'Day whose knowledge answers' }) knownOn: string;
}

export class HeadCountDoc extends QuestionDoc {
  @ApiProperty() total: number;
  @ApiProperty({ type: [RowDoc] }) rows: RowDoc[];
}

export class ChildDoc {
  @ApiProperty() student: string;
  @ApiProperty() school: string;
  @ApiProperty() class: string;
}

export class ChildrenDoc {
  @ApiProperty({ type: [ChildDoc] }) items: ChildDoc[];
  @ApiPropertyOptional({ description: 'Absent on the last page' }) next?: string;
}

export class DifferencesDoc extends QuestionDoc {
  @ApiProperty() thenKnownOn: string;
  @ApiProperty({ type: [ChildDoc], description: 'Counted by the later knowledge alone' }) added: ChildDoc[];
  @ApiProperty({ type: [ChildDoc], description: 'Counted by the earlier knowledge alone' }) gone: ChildDoc[];
  @ApiProperty({ type: [ChildDoc], description: 'Counted by both, in another cell' }) changed: ChildDoc[];
}

const counts = {
  type: 'object',
  additionalProperties: { type: 'number' },
  example: { entered: 40, moved: 2 },
} as const;

export class MovementsDoc {
  @ApiProperty() office: string;
  @ApiProperty() from: string;
  @ApiProperty() to: string;
  @ApiProperty() knownOn: string;
  @ApiProperty(counts) in: Record<string, number>;
  @ApiProperty(counts) out: Record<string, number>;
}

export class DropoutsDoc {
  @ApiProperty() office: string;
  @ApiProperty() from: string;
  @ApiProperty() to: string;
  @ApiProperty() knownOn: string;
  @ApiProperty({ description: 'On roll on the first day: the denominator' }) onRoll: number;
  @ApiProperty() dropouts: number;
}
