import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Actor, Allow, By } from '#libs/access';
import {
  digestOf,
  KeepPapers,
  paperProblems,
  type PaperReply,
  sendPaper,
  ShowsPaper,
  UploadedPaperDoc,
  UploadPaperQuery,
} from '#libs/papers';
import { ApiProblems, ApiUpload, fileOf, type Upload } from '#libs/service-kit';
import { TransferRepository } from '../transfer/transfer.repository';

@ApiTags('evidence')
@ApiBearerAuth()
@ApiProblems(...paperProblems)
@Controller('api/transfer/v1/evidence')
export class EvidenceController {
  constructor(
    private readonly papers: KeepPapers,
    private readonly transfers: TransferRepository,
  ) {}

  @Post()
  @Allow('clerk')
  @ApiOperation({ summary: '上传证明材料扫描件 · upload a scan; the same bytes again are the same paper' })
  @ApiUpload()
  @ApiCreatedResponse({ type: UploadedPaperDoc })
  async upload(@By() actor: Actor, @Query() { school }: UploadPaperQuery, @Req() request: Upload) {
    const { bytes } = await fileOf(request);
    return this.papers.take(actor, school, bytes);
  }

  @Get(':digest')
  @Allow('clerk', 'officer')
  @ShowsPaper()
  @ApiOperation({ summary: '查看证明材料（留痕）· a paper of a case in scope; the reading is recorded' })
  async show(@By() actor: Actor, @Param('digest') text: string, @Res() reply: PaperReply): Promise<void> {
    const digest = digestOf(text);
    const inCase = () => this.transfers.showsPaper(actor, digest);
    sendPaper(reply, digest, await this.papers.show(actor, digest, inCase));
  }
}
