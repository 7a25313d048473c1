import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { Actor, Allow, By } from '#libs/access';
import { roles } from '#libs/contracts';
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
import { CarryOutClosing } from './carry-out-closing';
import { Closing } from './closing';
import { ClosingRepository } from './closing.repository';
import { ConductClosing } from './conduct-closing';
import { FindKeeper } from './find-keeper';
import { MoveDropouts } from './move-dropouts';

class ClosingBody {
  @ApiProperty({ example: '2152000001' })
  @Matches(/^\d{10}$/)
  school: string;

  @ApiProperty({ enum: ['closure', 'merger'], description: '撤销或合并' })
  @IsIn(['closure', 'merger'])
  kind: 'closure' | 'merger';

  @ApiPropertyOptional({ description: '并入的学校 · school merged into' })
  @IsOptional()
  @Matches(/^\d{10}$/)
  into?: string;

  @ApiProperty({ description: '最后一天 · last day of the school' })
  @IsLegalDate()
  on: string;
}

class KeeperBody {
  @ApiProperty({ description: '管理单位代码 · code of the unit or school that keeps the files' })
  @IsString()
  @Matches(/^\d{6,10}$/)
  keeper: string;
}

class DropoutsBody {
  @ApiProperty({ description: '接收学籍的学校 · school that takes the seats' })
  @Matches(/^\d{10}$/)
  school: string;

  @ApiProperty({ type: [String], description: 'Its classes, one for each stage and cohort' })
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(80, { each: true })
  classes: string[];
}

class ListQuery extends PageQuery {
  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(80)
  after?: string;
}

interface Reply {
  header(name: string, value: string): void;
}

const viewOf = ({ _id, path: _path, lease: _lease, ...closing }: Closing) => ({ id: _id, ...closing });

@ApiTags('closing')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/registry/v1')
export class ClosingController {
  constructor(
    private readonly conduct: ConductClosing,
    private readonly dropouts: MoveDropouts,
    private readonly carryOut: CarryOutClosing,
    private readonly keepers: FindKeeper,
    private readonly closings: ClosingRepository,
  ) {}

  @Post('closings')
  @Allow('officer')
  @ApiCommand()
  @ApiOperation({ summary: '宣布学校撤销或合并 · the county announces a closure or merger (GZ-MG1, GZ-MG2)' })
  announce(@By() actor: Actor, @IdempotencyKey() key: string, @Body() body: ClosingBody) {
    return this.conduct.announce(actor, key, body);
  }

  @Get('closings')
  @Allow('officer', 'clerk', 'deputyHead')
  @ApiOperation({ summary: '撤并事项（本岗位范围内）· closings in scope, newest first' })
  async list(@By() actor: Actor, @Query() { after, limit }: ListQuery) {
    const found = await this.closings.closings
      .find({ $and: [actor.scope('path')], ...(after && { _id: { $lt: after } }) })
      .sort({ _id: -1 })
      .limit(limit + 1)
      .toArray();
    return pageOf(found, limit, viewOf, ({ _id }) => _id);
  }

  @Get('closings/:id')
  @Allow('officer', 'clerk', 'deputyHead')
  @ApiOperation({ summary: '撤并进度及未办结清单 · a closing, with everything that is still open' })
  async one(@By() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Res({ passthrough: true }) reply: Reply) {
    const closing = await this.closings.find(id);
    if (!closing || !actor.covers(closing.path)) throw notFound();
    reply.header('ETag', `"${closing.version}"`);
    const open = closing.state === 'announced' ? await this.carryOut.against(closing) : [];
    return { ...viewOf(closing), open };
  }

  @Post('closings/:id/ask')
  @HttpCode(200)
  @Allow('officer')
  @ApiChange()
  @ApiOperation({ summary: '再次询问各服务 · asks the services again what is open' })
  ask(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @IfMatch() version: number,
    @Param('id', ParseUUIDPipe) id: string,
  ) {
    return this.conduct.ask(actor, key, id, version);
  }

  @Post('closings/:id/keeper')
  @HttpCode(200)
  @Allow('officer')
  @ApiChange()
  @ApiOperation({ summary: '指定学籍档案管理单位 · the county names the keeper of the files' })
  keeper(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @IfMatch() version: number,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { keeper }: KeeperBody,
  ) {
    return this.conduct.keeper(actor, key, id, version, keeper);
  }

  @Post('closings/:id/dropouts')
  @HttpCode(200)
  @Allow('officer')
  @ApiChange()
  @ApiOperation({ summary: '辍学学生学籍转由指定学校保留 · seats of dropouts go to a school that the county names' })
  moveDropouts(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @IfMatch() version: number,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { school, classes }: DropoutsBody,
  ) {
    return this.dropouts.run(actor, key, id, version, school, classes);
  }

  @Post('closings/:id/carry-out')
  @HttpCode(202)
  @Allow('officer')
  @ApiChange()
  @ApiOperation({ summary: '办理撤并 · carries it out, or refuses with everything that is open' })
  run(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @IfMatch() version: number,
    @Param('id', ParseUUIDPipe) id: string,
  ) {
    return this.carryOut.run(actor, key, id, version);
  }

  @Post('closings/:id/cancel')
  @HttpCode(200)
  @Allow('officer')
  @ApiChange()
  @ApiOperation({ summary: '取消撤并 · calls it off before anything has passed' })
  cancel(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @IfMatch() version: number,
    @Param('id', ParseUUIDPipe) id: string,
  ) {
    return this.conduct.cancel(actor, key, id, version);
  }

  @Get('schools/:code/keeper')
  @Allow(...roles)
  @ApiOperation({ summary: '原学校代码现由谁管理 · who keeps the files of a school today, by its old code' })
  whereabouts(@Param('code') code: string) {
    return this.keepers.run(code);
  }
}
