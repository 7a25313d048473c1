import { Body, Controller, Get, Header, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Actor, Allow, By } from '#libs/access';
import { ApiChange, ApiCommand, ApiProblems, IdempotencyKey, IfMatch } from '#libs/service-kit';
import { AllWordsDoc } from '../leave/leave.controller';
import { ConfirmDropout } from './confirm-dropout';
import { RecordReturn } from './record-return';
import { RecordVisit } from './record-visit';
import { ReportSuspicion } from './report-suspicion';
import { ShowWatches } from './show-watches';
import { StateAbsence } from './state-absence';
import {
  AbsenceBody,
  ConfirmBody,
  LettersDoc,
  LettersQuery,
  ReportBody,
  ReturnBody,
  VisitBody,
  WatchAnswerDoc,
  WatchDoc,
  WatchesDoc,
  WatchesQuery,
} from './watch.dto';

@ApiTags('dropout watch')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/attendance/v1')
export class WatchController {
  constructor(
    private readonly recordVisit: RecordVisit,
    private readonly reportSuspicion: ReportSuspicion,
    private readonly confirmDropout: ConfirmDropout,
    private readonly recordReturn: RecordReturn,
    private readonly stateAbsence: StateAbsence,
    private readonly show: ShowWatches,
  ) {}

  @Get('watches')
  @Allow('classTeacher', 'clerk', 'deputyHead', 'officer')
  @ApiOperation({ summary: '疑似辍学、辍学名单（本岗位范围内）· watches in scope, with what is missing' })
  @ApiOkResponse({ type: WatchesDoc })
  list(@By() actor: Actor, @Query() { school, state, withoutVisit, after, limit }: WatchesQuery) {
    return this.show.list(actor, { school, state, withoutVisit, after, limit });
  }

  @Get('watches/:id')
  @Allow('classTeacher', 'clerk', 'deputyHead', 'officer')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: '一次监测：计入的日期、家访、函件、时间线 · one watch with the days that were counted' })
  @ApiOkResponse({ type: WatchDoc })
  one(@By() actor: Actor, @Param('id', ParseUUIDPipe) id: string) {
    return this.show.one(actor, id);
  }

  @Get('watches/:id/words')
  @Allow('classTeacher', 'clerk', 'deputyHead', 'officer')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: '家访记录、追辍情况（留痕）· words about the child; the reading is recorded' })
  @ApiOkResponse({ type: AllWordsDoc })
  wordsOf(@By() actor: Actor, @Param('id', ParseUUIDPipe) id: string) {
    return this.show.wordsOf(actor, id);
  }

  @Post('watches')
  @Allow('clerk')
  @ApiCommand()
  @ApiOperation({
    summary: '学校申报学生失学（当地未规定天数的）· the school states an absence where no text counts days',
  })
  @ApiCreatedResponse({ type: WatchAnswerDoc })
  state(@By() actor: Actor, @IdempotencyKey() key: string, @Body() { student, since, words }: AbsenceBody) {
    return this.stateAbsence.run(actor, key, { student, since, words });
  }

  @Post('watches/:id/visits')
  @Allow('classTeacher', 'clerk')
  @ApiChange()
  @ApiOperation({ summary: '登记家访 · a home visit (GZ-DO9)' })
  @ApiCreatedResponse({ type: WatchAnswerDoc })
  visit(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @IfMatch() version: number,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { on, inVain, words }: VisitBody,
  ) {
    return this.recordVisit.run(actor, key, { id, version, on, inVain, words });
  }

  @Post('watches/:id/report')
  @HttpCode(200)
  @Allow('clerk')
  @ApiChange()
  @ApiOperation({
    summary:
      '上报县级备案，同时致函乡镇、社区，启动劝返 · report and letters; the return procedure starts (GZ-DO3, GZ-DO4)',
  })
  @ApiOkResponse({ type: WatchAnswerDoc })
  report(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @IfMatch() version: number,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { pursuit, township, community }: ReportBody,
  ) {
    return this.reportSuspicion.run(actor, key, { id, version, pursuit, township, community });
  }

  @Post('watches/:id/confirm')
  @HttpCode(200)
  @Allow('clerk', 'deputyHead')
  @ApiChange()
  @ApiOperation({ summary: '学校确认辍学并书面上报 · the school confirms a dropout (GZ-DO5, NAT-DO1)' })
  @ApiOkResponse({ type: WatchAnswerDoc })
  confirm(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @IfMatch() version: number,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { township }: ConfirmBody,
  ) {
    return this.confirmDropout.run(actor, key, { id, version, township });
  }

  @Post('watches/:id/return')
  @HttpCode(200)
  @Allow('classTeacher', 'clerk')
  @ApiChange()
  @ApiOperation({ summary: '辍学学生复学 · a child that had dropped out is back' })
  @ApiOkResponse({ type: WatchAnswerDoc })
  return(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @IfMatch() version: number,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { on }: ReturnBody,
  ) {
    return this.recordReturn.run(actor, key, { id, version, on });
  }

  @Get('letters')
  @Allow('clerk', 'deputyHead', 'officer')
  @ApiOperation({ summary: '发文登记簿 · dispatch register of the school (R5-07)' })
  @ApiOkResponse({ type: LettersDoc })
  letters(@By() actor: Actor, @Query() { school, after, limit }: LettersQuery) {
    return this.show.register(actor, { school, after, limit });
  }
}
