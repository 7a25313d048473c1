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

@ApiTags('papers')
@ApiBearerAuth()
@ApiProblems(...paperProblems)
@Controller('api/attendance/v1/papers')
export class PapersController {
  constructor(private readonly papers: KeepPapers) {}

  @Post()
  @Allow('clerk', 'classTeacher')
  @ApiOperation({ summary: '上传假条、家访记录等扫描件 · upload a scan; the same bytes again are the same paper' })
  @ApiUpload()
  @ApiCreatedResponse({ type: UploadedPaperDoc })
  async upload(@By() actor: Actor, @Query() { school }: UploadPaperQuery, @Req() request: Upload) {
    const { bytes } = await fileOf(request);
    return this.papers.take(actor, school, bytes);
  }

  @Get(':digest')
  @Allow('clerk', 'classTeacher', 'officer')
  @ShowsPaper()
  @ApiOperation({ summary: '查看材料（留痕）· a paper of a school in scope; the reading is recorded' })
  async show(@By() actor: Actor, @Param('digest') text: string, @Res() reply: PaperReply): Promise<void> {
    const digest = digestOf(text);
    sendPaper(reply, digest, await this.papers.show(actor, digest));
  }
}
