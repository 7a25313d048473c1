import { Controller, Get, Header, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiProperty,
  ApiTags,
} from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { Actor, Allow, By } from '#libs/access';
import { ApiProblems, invalidInput, notFound } from '#libs/service-kit';
import { KeepPapers } from './keep-papers';

class UploadQuery {
  @ApiProperty({ description: 'School in whose name the paper is uploaded', example: '2152000001' })
  @Matches(/^\d{10}$/)
  school: string;
}

class UploadedPaper {
  @ApiProperty({ description: 'SHA-256 of the bytes, hex: the address of the paper' }) digest: string;
  @ApiProperty() size: number;
  @ApiProperty({ enum: ['application/pdf', 'image/png', 'image/jpeg'] }) type: string;
}

interface Upload {
  isMultipart(): boolean;
  file(): Promise<{ toBuffer(): Promise<Buffer> } | undefined>;
}

interface Reply {
  header(name: string, value: string): Reply;
  send(body: Buffer): void;
}

@ApiTags('papers')
@ApiBearerAuth()
@ApiProblems([413, 'too-large: above 10 MB'], [415, 'not-a-paper: no PDF, PNG or JPEG by its bytes'])
@Controller('api/attendance/v1/papers')
export class PapersController {
  constructor(private readonly papers: KeepPapers) {}

  @Post()
  @Allow('clerk', 'classTeacher')
  @ApiOperation({ summary: '上传假条、家访记录等扫描件 · upload a scan; the same bytes again are the same paper' })
  @ApiConsumes('multipart/form-data')
  @ApiBody({
    schema: { type: 'object', properties: { file: { type: 'string', format: 'binary' } }, required: ['file'] },
  })
  @ApiCreatedResponse({ type: UploadedPaper })
  async upload(@By() actor: Actor, @Query() { school }: UploadQuery, @Req() request: Upload): Promise<UploadedPaper> {
    const file = request.isMultipart() ? await request.file() : undefined;
    const bytes = await file?.toBuffer();
    if (!bytes?.length) {
      throw invalidInput([
        {
          field: 'file',
          code: 'isNotEmpty',
          message: { zh: '没有文件，或文件是空的。', en: 'No file was sent, or an empty one.' },
        },
      ]);
    }
    return this.papers.take(actor, school, bytes);
  }

  @Get(':digest')
  @Allow('clerk', 'classTeacher', 'officer')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: '查看材料（留痕）· a paper of a school in scope; the reading is recorded' })
  @ApiProduces('application/pdf', 'image/png', 'image/jpeg')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  async show(@By() actor: Actor, @Param('digest') digest: string, @Res() reply: Reply): Promise<void> {
    if (!/^[0-9a-f]{64}$/.test(digest)) throw notFound();
    const { bytes, type } = await this.papers.show(actor, digest);
    reply
      .header('Content-Type', type)
      .header('X-Content-Type-Options', 'nosniff')
      .header('Content-Disposition', `attachment; filename="${digest.slice(0, 12)}"`)
      .send(bytes);
  }
}
