import { Body, Controller, Get, Header, HttpCode, Param, ParseUUIDPipe, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
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
import type { Stage } from '#libs/contracts';
import { Answer, answers } from '#libs/review';
import {
  ApiChange,
  ApiCommand,
  ApiProblems,
  IdempotencyKey,
  IfMatch,
  IsLegalDate,
  notFound,
  pageOf,
  PageQuery,
} from '#libs/service-kit';
import { ActOnPlacements } from './act-on-placements';
import { FilePlacement } from './file-placement';
import { isWithdrawable, Placement, PlacementState, placementStates } from './placement';
import { isVisible, PlacementRepository } from './placement.repository';
import { WithdrawPlacement } from './withdraw-placement';

class EntrantBody {
  @ApiProperty({ description: 'Opaque id, as locating by number and name gives it' })
  @IsUUID()
  student: string;

  @ApiProperty({ description: '编入班级 · class of the enrolling school' })
  @IsString()
  @MaxLength(80)
  class: string;
}

class PlacementBody {
  @ApiProperty({ example: '3152000001', description: '招生学校 · enrolling school' })
  @Matches(/^\d{10}$/)
  school: string;

  @ApiProperty({ enum: ['junior', 'senior'], description: 'Stage that they enter' })
  @IsIn(['junior', 'senior'])
  stage: Stage;

  @ApiProperty({ example: 2027 })
  @IsInt()
  @Min(1980)
  @Max(2200)
  entryYear: number;

  @ApiProperty({ description: '入学日期 · day of entry' })
  @IsLegalDate()
  entryOn: string;

  @ApiProperty({ type: [EntrantBody], minItems: 1, maxItems: 1000 })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @ValidateNested({ each: true })
  @Type(() => EntrantBody)
  entrants: EntrantBody[];
}

class ActsBody {
  @ApiProperty({ description: 'Office for which the caller acts' })
  @IsString()
  @MaxLength(20)
  office: string;

  @ApiProperty({ enum: answers })
  @IsIn([...answers])
  answer: Answer;

  @ApiPropertyOptional({ type: [String], description: 'Absent: every case that waits for the office, 500 at once' })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(500)
  @IsUUID('all', { each: true })
  cases?: string[];

  @ApiPropertyOptional({ description: 'Ground of a refusal, by code' })
  @IsOptional()
  @Matches(/^[A-Za-z][A-Za-z0-9-]{0,39}$/)
  ground?: string;
}

class ListQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Cases that wait for this office' })
  @IsOptional()
  @IsString()
  @MaxLength(20)
  office?: string;

  @ApiPropertyOptional({ enum: placementStates })
  @IsOptional()
  @IsIn([...placementStates])
  state?: PlacementState;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(80)
  after?: string;
}

interface Reply {
  header(name: string, value: string): void;
}

const lineOf = ({
  _id,
  version,
  state,
  stage,
  entryYear,
  parties,
  filing,
  counts,
  waitingFor,
  outcome,
}: Placement) => ({
  id: _id,
  version,
  state,
  stage,
  entryYear,
  from: parties.outSchool.office,
  to: parties.inSchool.office,
  filedOn: filing.on,
  dueOn: filing.due.dueOn ?? null,
  late: filing.late,
  counts,
  waitingFor,
  ...(outcome && { outcome: outcome.kind }),
});

@ApiTags('placements')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/transfer/v1')
export class PlacementController {
  constructor(
    private readonly filePlacement: FilePlacement,
    private readonly actOnPlacements: ActOnPlacements,
    private readonly withdrawPlacement: WithdrawPlacement,
    private readonly placements: PlacementRepository,
  ) {}

  @Post('placements/preflight')
  @HttpCode(200)
  @Allow('clerk')
  @ApiOperation({ summary: '升学转接预检 · cases, plan and problems of a list; changes nothing' })
  preflight(@By() actor: Actor, @Body() body: PlacementBody) {
    return this.filePlacement.foresee(actor, body);
  }

  @Post('placements')
  @Allow('clerk')
  @ApiCommand()
  @ApiOperation({ summary: '招生学校办理升学转接 · the enrolling school files for its entrants (NAT-TR1, GZ-EN4)' })
  file(@By() actor: Actor, @IdempotencyKey() key: string, @Body() body: PlacementBody) {
    return this.filePlacement.run(actor, key, body);
  }

  @Post('placements/acts')
  @HttpCode(200)
  @Allow('clerk', 'officer')
  @ApiCommand()
  @ApiOperation({ summary: '批量办理本单位环节 · answer the step of one’s office in many cases' })
  act(@By() actor: Actor, @IdempotencyKey() key: string, @Body() body: ActsBody) {
    return this.actOnPlacements.run(actor, key, body);
  }

  @Get('placements')
  @Allow('clerk', 'officer')
  @ApiOperation({ summary: '升学转接事项（本岗位范围内）· cases in scope; with `office` its inbox' })
  async list(@By() actor: Actor, @Query() { office, state, after, limit }: ListQuery) {
    const found = await this.placements.list(actor, { office, state }, { after, limit });
    return pageOf(found, limit, lineOf, ({ _id }) => _id);
  }

  @Get('placements/:id')
  @Allow('clerk', 'officer')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: '办理进度 · a case with its entrants, steps, due days and timeline' })
  async one(@By() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Res({ passthrough: true }) reply: Reply) {
    const placement = await this.placements.find(id);
    if (!placement || !isVisible(actor, placement)) throw notFound();
    reply.header('ETag', `"${placement.version}"`);
    const entrants = await this.placements.entrantsOf(id);
    return {
      ...lineOf(placement),
      filing: placement.filing,
      steps: placement.review.steps,
      withdrawable: isWithdrawable(placement),
      entrants: entrants.map(({ student, class: classId, state, code, rules }) => ({
        student,
        class: classId,
        state,
        code,
        rules,
      })),
      timeline: placement.log,
    };
  }

  @Post('placements/:id/withdraw')
  @HttpCode(200)
  @Allow('clerk')
  @ApiChange()
  @ApiOperation({ summary: '撤销（最后一方同意之前）· the enrolling school takes the filing back' })
  withdraw(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @IfMatch() version: number,
    @Param('id', ParseUUIDPipe) id: string,
  ) {
    return this.withdrawPlacement.run(actor, key, id, version);
  }
}
