import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { Actor, Allow, By } from '#libs/access';
import { roles, stages, type Stage } from '#libs/contracts';
import { ApiCommand, ApiProblems, Clock, IdempotencyKey, notFound } from '#libs/service-kit';
import { ClassRepository } from './class.repository';
import { OpenClass } from './open-class';
import { classView } from './show-school';

class ClassBody {
  @ApiProperty({ example: '2152000001' })
  @Matches(/^\d{10}$/)
  school: string;

  @ApiProperty({ enum: stages })
  @IsIn([...stages])
  stage: Stage;

  @ApiProperty({ description: 'Year in which its pupils entered the stage', example: 2026 })
  @IsInt()
  @Min(1980)
  @Max(2200)
  entryYear: number;

  @ApiProperty({ description: 'Grade at opening, 1–12', example: 1 })
  @IsInt()
  @Min(1)
  @Max(12)
  grade: number;

  @ApiProperty({ example: '一年级1班' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(60)
  name: string;

  @ApiProperty({ description: '`2026` for 2026/27', example: '2026' })
  @Matches(/^(19|20|21)\d\d$/)
  schoolYear: string;
}

class OpenClassesBody {
  @ApiProperty({ type: [ClassBody], minItems: 1, maxItems: 1000 })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @ValidateNested({ each: true })
  @Type(() => ClassBody)
  classes: ClassBody[];
}

class OpenedClassDoc {
  @ApiProperty() id: string;
  @ApiProperty() school: string;
  @ApiProperty() name: string;
  @ApiProperty() version: number;
}

class OpenedClassesDoc {
  @ApiProperty({ type: [OpenedClassDoc], description: 'In the order of the list' }) classes: OpenedClassDoc[];
}

class SeatsDoc {
  @ApiProperty() taken: number;
  @ApiProperty({ description: 'Kept for movements under way' }) reserved: number;
}

export class ClassDoc extends OpenedClassDoc {
  @ApiProperty({ enum: stages }) stage: string;
  @ApiProperty() entryYear: number;
  @ApiProperty({ description: 'Grade today' }) grade: number;
  @ApiProperty({ type: SeatsDoc }) seats: SeatsDoc;
}

@ApiTags('classes')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/registry/v1/classes')
export class ClassesController {
  constructor(
    private readonly openClass: OpenClass,
    private readonly classes: ClassRepository,
    private readonly clock: Clock,
  ) {}

  @Post()
  @Allow('administrator', 'clerk')
  @ApiCommand()
  @ApiOperation({ summary: '设立班级（整份办理）· open classes, all of the list or none' })
  @ApiCreatedResponse({ type: OpenedClassesDoc })
  open(@By() actor: Actor, @IdempotencyKey() key: string, @Body() body: OpenClassesBody) {
    return this.openClass.run(actor, key, body.classes);
  }

  @Get(':id')
  @Allow(...roles)
  @ApiOperation({ summary: '班级及其名额 · a class with its seats' })
  @ApiOkResponse({ type: ClassDoc })
  async one(@By() actor: Actor, @Param('id') id: string) {
    const found = await this.classes.find(id);
    if (!found || !actor.covers(found.path)) throw notFound();
    return classView(found, this.clock.today());
  }
}
