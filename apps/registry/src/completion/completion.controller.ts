import { Body, Controller, Get, Header, HttpCode, Param, ParseUUIDPipe, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { Actor, Allow, By } from '#libs/access';
import { Ending, endings } from '#libs/contracts';
import {
  ApiChange,
  ApiCommand,
  ApiProblems,
  ApiUpload,
  fileOf,
  IdempotencyKey,
  IfMatch,
  IsLegalDate,
  PageQuery,
  type Upload,
} from '#libs/service-kit';
import { CompletionState, completionStates } from './completion';
import { DecideCompletion } from './decide-completion';
import { EnterCompletion } from './enter-completion';
import { KeepProof } from './keep-proof';
import { ReadCompletion } from './read-completion';

const digest = /^[0-9a-f]{64}$/;

class ChildBody {
  @ApiProperty()
  @IsUUID()
  student: string;

  @ApiPropertyOptional({ enum: endings, description: 'Absent: the ending of the class' })
  @IsOptional()
  @IsIn([...endings])
  ending?: Ending;

  @ApiPropertyOptional({ description: 'Digest of a paper for this child alone' })
  @IsOptional()
  @Matches(digest)
  proof?: string;

  @ApiPropertyOptional({ type: Boolean, description: '保留在籍 · stays on roll, gets no ending' })
  @IsOptional()
  @IsBoolean()
  leave?: boolean;
}

class ClassBody {
  @ApiProperty()
  @IsString()
  @MaxLength(80)
  class: string;

  @ApiPropertyOptional({ enum: endings, description: 'Of every child on roll that is not named' })
  @IsOptional()
  @IsIn([...endings])
  ending?: Ending;

  @ApiPropertyOptional({ type: () => [ChildBody] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(200)
  @ValidateNested({ each: true })
  @Type(() => ChildBody)
  children?: ChildBody[];

  @ApiPropertyOptional({ description: 'Digest of the paper that proves the endings of the class' })
  @IsOptional()
  @Matches(digest)
  proof?: string;
}

class CompletionBody {
  @ApiProperty({ description: '完结日期 · legal day on which the stage ends', example: '2027-07-10' })
  @IsLegalDate()
  on: string;

  @ApiProperty({ type: [ClassBody], minItems: 1, maxItems: 100 })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => ClassBody)
  classes: ClassBody[];
}

class ConfirmBody {
  @ApiPropertyOptional({ type: [String], description: 'Absent: every completion of the school that waits here' })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(200)
  @IsUUID('all', { each: true })
  completions?: string[];
}

class ReturnBody {
  @ApiProperty({ description: '退回理由 · reason, shown to the school' })
  @IsString()
  @Matches(/\S/)
  @MaxLength(500)
  reason: string;
}

class ListQuery extends PageQuery {
  @ApiPropertyOptional()
  @IsOptional()
  @Matches(/^\d{10}$/)
  school?: string;

  @ApiPropertyOptional({ enum: completionStates })
  @IsOptional()
  @IsIn([...completionStates])
  state?: CompletionState;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(80)
  after?: string;
}

interface Reply {
  header(name: string, value: string): void;
}

const wishOf = ({ on, classes }: CompletionBody) => ({
  on,
  classes: classes.map((one) => ({ ...one, children: one.children ?? [] })),
});

@ApiTags('completion')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/registry/v1')
export class CompletionController {
  constructor(
    private readonly enterCompletion: EnterCompletion,
    private readonly decideCompletion: DecideCompletion,
    private readonly readCompletion: ReadCompletion,
    private readonly keepProof: KeepProof,
  ) {}

  @Post('schools/:school/ending-proofs')
  @Allow('clerk')
  @ApiUpload()
  @ApiOperation({ summary: '上传毕业（结业、肄业）证明材料 · upload a paper that proves endings' })
  async proof(@By() actor: Actor, @Param('school') school: string, @Req() request: Upload) {
    const { bytes } = await fileOf(request);
    return this.keepProof.take(actor, school, bytes);
  }

  @Post('schools/:school/completions/preview')
  @HttpCode(200)
  @Allow('clerk', 'deputyHead')
  @ApiOperation({ summary: '毕业登记预检：一次列出全部问题 · what entering it would do; writes nothing' })
  preview(@By() actor: Actor, @Param('school') school: string, @Body() body: CompletionBody) {
    return this.enterCompletion.preview(actor, school, wishOf(body));
  }

  @Post('schools/:school/completions')
  @Allow('clerk')
  @ApiCommand()
  @ApiOperation({ summary: '登记毕业、结业、肄业 · enter how the stage ends for classes of the final grade' })
  enter(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @Param('school') school: string,
    @Body() body: CompletionBody,
  ) {
    return this.enterCompletion.run(actor, key, school, wishOf(body));
  }

  @Post('schools/:school/completions/confirm')
  @HttpCode(202)
  @Allow('officer')
  @ApiCommand()
  @ApiOperation({ summary: '主管部门确认毕业登记 · the authority confirms (GZ-GR6)' })
  confirm(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @Param('school') school: string,
    @Body() body: ConfirmBody,
  ) {
    return this.decideCompletion.confirm(actor, key, school, body.completions);
  }

  @Get('completions')
  @Allow('clerk', 'deputyHead', 'officer')
  @ApiOperation({ summary: '毕业登记（本岗位范围内）· completions in scope, newest first' })
  list(@By() actor: Actor, @Query() query: ListQuery) {
    return this.readCompletion.list(actor, query);
  }

  @Get('completions/:id')
  @Allow('clerk', 'deputyHead', 'officer')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: '毕业登记：名单、进度、未核查的条件 · one completion with its children and progress' })
  async one(@By() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Res({ passthrough: true }) reply: Reply) {
    const view = await this.readCompletion.one(actor, id);
    reply.header('ETag', `"${view.version}"`);
    return view;
  }

  @Post('completions/:id/return')
  @HttpCode(200)
  @Allow('officer')
  @ApiChange()
  @ApiOperation({ summary: '退回学校 · the authority sends it back with a reason' })
  sendBack(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @IfMatch() version: number,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason }: ReturnBody,
  ) {
    return this.decideCompletion.sendBack(actor, key, id, version, reason);
  }

  @Post('completions/:id/withdraw')
  @HttpCode(200)
  @Allow('clerk')
  @ApiChange()
  @ApiOperation({ summary: '撤回（确认之前）· the school takes it back, until it is confirmed' })
  withdraw(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @IfMatch() version: number,
    @Param('id', ParseUUIDPipe) id: string,
  ) {
    return this.decideCompletion.withdraw(actor, key, id, version);
  }
}
