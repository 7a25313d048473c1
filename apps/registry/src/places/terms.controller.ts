import { Body, Controller, Post } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
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
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { Actor, Allow, By } from '#libs/access';
import { ApiCommand, ApiProblems, IdempotencyKey, IsLegalDate } from '#libs/service-kit';
import { SetTerm } from './set-term';

class ClosingBody {
  @ApiProperty() @IsLegalDate() from: string;
  @ApiProperty() @IsLegalDate() to: string;

  @ApiProperty({ example: '校运会' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(100)
  name: string;
}

class MakeUpBody {
  @ApiProperty() @IsLegalDate() date: string;

  @ApiProperty({ example: '补10月9日课' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(100)
  name: string;
}

class TermBody {
  @ApiProperty({ description: 'Authority or school; holds under it too', example: '520000' })
  @Matches(/^\d{6,10}$/)
  office: string;

  @ApiProperty({ description: '`2026` for 2026/27', example: '2026' })
  @Matches(/^(19|20|21)\d\d$/)
  schoolYear: string;

  @ApiProperty({ enum: ['1', '2'] })
  @IsIn(['1', '2'])
  term: '1' | '2';

  @ApiProperty({ example: '2026-09-01' })
  @IsLegalDate()
  firstDay: string;

  @ApiProperty({ example: '2027-01-22' })
  @IsLegalDate()
  lastDay: string;

  @ApiPropertyOptional({ type: [ClosingBody], description: 'Days on which schools stay closed although offices work' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => ClosingBody)
  closed?: ClosingBody[];

  @ApiPropertyOptional({ type: [MakeUpBody], description: 'Days off on which schools teach' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => MakeUpBody)
  makeUp?: MakeUpBody[];

  @ApiPropertyOptional({ description: 'Version that is changed; absent: the term is new' })
  @IsOptional()
  @IsInt()
  @Min(1)
  version?: number;
}

class SetTermsBody {
  @ApiProperty({ type: [TermBody], minItems: 1, maxItems: 1000 })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @ValidateNested({ each: true })
  @Type(() => TermBody)
  terms: TermBody[];
}

class SetTermDoc {
  @ApiProperty({ example: '520000/2026/1' }) id: string;
  @ApiProperty() version: number;
}

class SetTermsDoc {
  @ApiProperty({ type: [SetTermDoc] }) terms: SetTermDoc[];
}

@ApiTags('terms')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/registry/v1/terms')
export class TermsController {
  constructor(private readonly setTerm: SetTerm) {}

  @Post()
  @Allow('administrator')
  @ApiCommand()
  @ApiOperation({ summary: '设置学期、停课日和补课日（整份办理）· set terms, all of the list or none' })
  @ApiCreatedResponse({ type: SetTermsDoc })
  set(@By() actor: Actor, @IdempotencyKey() key: string, @Body() body: SetTermsBody) {
    const terms = body.terms.map(({ closed = [], makeUp = [], ...term }) => ({ ...term, closed, makeUp }));
    return this.setTerm.run(actor, key, terms);
  }
}
