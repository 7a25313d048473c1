import { Body, Controller, HttpCode, Param, ParseUUIDPipe, Patch, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { Actor, Allow, By } from '#libs/access';
import { Stage, stages } from '#libs/contracts';
import { ApiCommand, ApiProblems, IdempotencyKey, invalidInput } from '#libs/service-kit';
import { columnKeys } from '../collection/workbook';
import { OverrideCap } from '../seats/override-cap';
import { ApproveIntake } from './approve-intake';
import { EnterChild } from './enter-child';
import { ReviewIntake } from './review-intake';
import { SubmitIntake } from './submit-intake';

class ChildBody {
  @ApiProperty({
    type: Object,
    description: `Items of the collection form by key (${columnKeys.join(', ')}), codes or their words, as text`,
  })
  @IsObject()
  items: Record<string, unknown>;
}

class SubmitBody {
  @ApiPropertyOptional({ type: [String], description: 'Absent: every entered child of the school' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(1000)
  @IsUUID('all', { each: true })
  students?: string[];
}

class SentBackBody {
  @ApiProperty()
  @IsUUID()
  student: string;

  @ApiProperty({ description: '退回理由 · reason, shown to the school' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(500)
  reason: string;
}

class ReviewBody {
  @ApiPropertyOptional({ enum: ['all'], description: 'Confirm every submitted child that is not sent back here' })
  @IsOptional()
  @IsIn(['all'])
  confirm?: 'all';

  @ApiPropertyOptional({ type: [String], description: 'Or confirm these' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(1000)
  @IsUUID('all', { each: true })
  confirmStudents?: string[];

  @ApiPropertyOptional({ type: [SentBackBody] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(1000)
  @ValidateNested({ each: true })
  @Type(() => SentBackBody)
  sendBack?: SentBackBody[];
}

class OverrideBody {
  @ApiProperty({ description: '理由 · reason, kept with the name of who gives it' })
  @IsString()
  @Matches(/\S/)
  @MaxLength(500)
  reason: string;
}

class IntakeBody {
  @ApiProperty({ enum: stages })
  @IsIn([...stages])
  stage: Stage;

  @ApiProperty()
  @IsInt()
  @Min(1980)
  @Max(2200)
  entryYear: number;

  @ApiProperty({ description: 'Places of the plan' })
  @IsInt()
  @Min(1)
  @Max(100_000)
  planned: number;
}

const textItems = (items: Record<string, unknown>): Record<string, string> => {
  const known: readonly string[] = columnKeys;
  const problems = Object.entries(items).flatMap(([key, value]) => {
    if (!known.includes(key)) {
      return [
        {
          field: `items.${key}`,
          code: 'unknown-item',
          message: { zh: `没有名为“${key}”的项目`, en: `There is no item "${key}"` },
        },
      ];
    }
    if (typeof value !== 'string') {
      return [
        { field: `items.${key}`, code: 'isString', message: { zh: `“${key}”必须是文本`, en: `"${key}" must be text` } },
      ];
    }
    return [];
  });
  if (problems.length) throw invalidInput(problems);
  return items as Record<string, string>;
};

@ApiTags('enrolment')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/registry/v1')
export class EnrolmentController {
  constructor(
    private readonly enterChild: EnterChild,
    private readonly submitIntake: SubmitIntake,
    private readonly reviewIntake: ReviewIntake,
    private readonly approveIntake: ApproveIntake,
    private readonly overrideCap: OverrideCap,
  ) {}

  @Post('schools/:school/students')
  @HttpCode(200)
  @Allow('clerk')
  @ApiCommand()
  @ApiOperation({ summary: '录入或更正一名学生 · enter one child, or correct one that is not yet confirmed' })
  enter(@By() actor: Actor, @IdempotencyKey() key: string, @Param('school') school: string, @Body() body: ChildBody) {
    return this.enterChild.run(actor, key, school, textItems(body.items));
  }

  @Patch('students/:student')
  @Allow('clerk')
  @ApiCommand()
  @ApiOperation({ summary: '更正尚未核准的学籍 · correct a record that is not yet confirmed, by its id' })
  correct(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @Param('student', ParseUUIDPipe) student: string,
    @Body() body: ChildBody,
  ) {
    return this.enterChild.correct(actor, key, student, textItems(body.items));
  }

  @Post('schools/:school/intake/submit')
  @HttpCode(200)
  @Allow('deputyHead', 'clerk')
  @ApiOperation({ summary: '学校审核并上报 · the school records its check and submits' })
  submit(@By() actor: Actor, @Param('school') school: string, @Body() body: SubmitBody) {
    return this.submitIntake.run(actor, school, body.students);
  }

  @Post('schools/:school/intake/review')
  @HttpCode(200)
  @Allow('officer')
  @ApiOperation({ summary: '学籍注册审核：核准或退回 · the authority confirms or sends back with a reason' })
  review(@By() actor: Actor, @Param('school') school: string, @Body() body: ReviewBody) {
    return this.reviewIntake.run(actor, {
      school,
      confirm: body.confirm ?? body.confirmStudents ?? [],
      sendBack: body.sendBack ?? [],
    });
  }

  @Post('classes/:class/cap-override')
  @HttpCode(200)
  @Allow('officer')
  @ApiCommand()
  @ApiOperation({ summary: '放宽原则性班额 · set aside a class cap that holds in principle, with a reason' })
  override(@By() actor: Actor, @IdempotencyKey() key: string, @Param('class') id: string, @Body() body: OverrideBody) {
    return this.overrideCap.run(actor, key, id, body.reason);
  }

  @Post('schools/:school/intake/approve')
  @HttpCode(200)
  @Allow('officer')
  @ApiCommand()
  @ApiOperation({ summary: '批准招生 · approve the intake of a stage and cohort' })
  approve(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @Param('school') school: string,
    @Body() body: IntakeBody,
  ) {
    return this.approveIntake.run(actor, key, { school, ...body });
  }
}
