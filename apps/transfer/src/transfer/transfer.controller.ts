import { Body, Controller, Get, Header, HttpCode, Param, ParseUUIDPipe, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Actor, Allow, By } from '#libs/access';
import { ApiChange, ApiCommand, ApiProblems, IdempotencyKey, IfMatch } from '#libs/service-kit';
import { ActOnTransfer } from './act-on-transfer';
import { FileTransfer } from './file-transfer';
import { PreflightTransfer } from './preflight-transfer';
import { ReviewRefusal } from './review-refusal';
import { ShowTransfers } from './show-transfers';
import {
  ActBody,
  ActTakenDoc,
  AllUnansweredDoc,
  AllWordsDoc,
  FiledDoc,
  FilingBody,
  filingOf,
  FindingBody,
  ListQuery,
  PreflightDoc,
  RefusalsDoc,
  RefusalsQuery,
  ReviewedDoc,
  TransferDoc,
  TransfersDoc,
  WithdrawBody,
  WithdrawnDoc,
} from './transfer.dto';
import { WithdrawTransfer } from './withdraw-transfer';

interface Reply {
  header(name: string, value: string): void;
}

@ApiTags('transfers')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/transfer/v1')
export class TransferController {
  constructor(
    private readonly preflightTransfer: PreflightTransfer,
    private readonly fileTransfer: FileTransfer,
    private readonly actOnTransfer: ActOnTransfer,
    private readonly withdrawTransfer: WithdrawTransfer,
    private readonly reviewRefusal: ReviewRefusal,
    private readonly show: ShowTransfers,
  ) {}

  @Post('transfers/preflight')
  @HttpCode(200)
  @Allow('clerk')
  @ApiOperation({ summary: '转学预检：一次列出全部问题 · everything that stands in the way, at once; changes nothing' })
  @ApiOkResponse({ type: PreflightDoc })
  preflight(@By() actor: Actor, @Body() body: FilingBody) {
    return this.preflightTransfer.run(actor, filingOf(body));
  }

  @Post('transfers')
  @Allow('clerk')
  @ApiCommand()
  @ApiOperation({ summary: '转入学校提出转学申请 · the receiving school files (NAT-TR1, CZ-TR6)' })
  @ApiCreatedResponse({ type: FiledDoc })
  file(@By() actor: Actor, @IdempotencyKey() key: string, @Body() body: FilingBody) {
    return this.fileTransfer.run(actor, key, filingOf(body));
  }

  @Get('transfers')
  @Allow('clerk', 'officer')
  @ApiOperation({ summary: '待办与列表（本岗位范围内）· cases in scope; with `office` its inbox' })
  @ApiOkResponse({ type: TransfersDoc })
  list(@By() actor: Actor, @Query() { office, state, after, limit }: ListQuery) {
    return this.show.list(actor, { office, state }, { after, limit });
  }

  @Get('transfers/unanswered')
  @Allow('operator')
  @ApiOperation({ summary: '学籍登记服务逾时未答复 · cases for which the registry owes an answer; for the operator' })
  @ApiOkResponse({ type: AllUnansweredDoc })
  unanswered() {
    return this.show.unanswered();
  }

  @Get('transfers/:id')
  @Allow('clerk', 'officer')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: '办理进度 · a case with its timeline: step, act, person, article, days' })
  @ApiOkResponse({ type: TransferDoc })
  async one(@By() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Res({ passthrough: true }) reply: Reply) {
    const view = await this.show.one(actor, id);
    reply.header('ETag', `"${view.version}"`);
    return view;
  }

  @Get('transfers/:id/words')
  @Allow('clerk', 'officer')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: '文字说明（留痕）· the reasons in words; the reading is recorded' })
  @ApiOkResponse({ type: AllWordsDoc })
  async words(@By() actor: Actor, @Param('id', ParseUUIDPipe) id: string) {
    return { items: await this.show.wordsOf(actor, id) };
  }

  @Post('transfers/:id/acts')
  @HttpCode(200)
  @Allow('clerk', 'officer')
  @ApiChange()
  @ApiOperation({ summary: '办理本单位的环节 · answer the open step of one’s own office' })
  @ApiOkResponse({ type: ActTakenDoc })
  act(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @IfMatch() version: number,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { step, answer, ground, note }: ActBody,
  ) {
    return this.actOnTransfer.run(actor, key, { id, version, step, answer, ground, note });
  }

  @Post('transfers/:id/withdraw')
  @HttpCode(200)
  @Allow('clerk')
  @ApiChange()
  @ApiOperation({
    summary: '撤销申请（最后一方同意之前）· the receiving school takes the filing back, until the last act',
  })
  @ApiOkResponse({ type: WithdrawnDoc })
  withdraw(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @IfMatch() version: number,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason }: WithdrawBody,
  ) {
    return this.withdrawTransfer.run(actor, key, { id, version, reason });
  }

  @Get('refusals')
  @Allow('officer')
  @ApiOperation({ summary: '下级不予办理清单 · refusals on the list of one’s office, for review (GZ-TR11)' })
  @ApiOkResponse({ type: RefusalsDoc })
  refusals(@By() actor: Actor, @Query() { reviewed, after, limit }: RefusalsQuery) {
    return this.show.refusals(actor, { open: reviewed !== 'true' }, { after, limit });
  }

  @Post('refusals/:id/review')
  @HttpCode(200)
  @Allow('officer')
  @ApiCommand()
  @ApiOperation({ summary: '复核下级的不予办理 · find a listed refusal founded or not' })
  @ApiOkResponse({ type: ReviewedDoc })
  review(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { finding, note }: FindingBody,
  ) {
    return this.reviewRefusal.run(actor, key, { id, finding, note });
  }
}
