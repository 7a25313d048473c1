import { Body, Controller, Get, Header, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProduces, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, IsString, MaxLength, Min } from 'class-validator';
import { Actor, Allow, By } from '#libs/access';
import { ApiCommand, ApiProblems, ApiUpload, fileOf, IdempotencyKey, PageQuery, type Upload } from '#libs/service-kit';
import { DecideBatch } from './decide-batch';
import { batchView, ReadBatch } from './read-batch';
import { UploadWorkbook } from './upload-workbook';

const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

class CommitBody {
  @ApiPropertyOptional({
    type: Boolean,
    default: false,
    description: 'true: write the good rows and leave the bad ones out',
  })
  @IsOptional()
  @IsBoolean()
  goodRowsOnly = false;
}

class BatchesQuery extends PageQuery {
  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(80)
  after?: string;
}

class RowsQuery extends PageQuery {
  @ApiPropertyOptional({ type: Number, description: 'Last row of the page before', default: 0 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  after = 0;
}

interface Reply {
  header(name: string, value: string): Reply;
  send(body: Buffer): void;
}

const sendWorkbook = (reply: Reply, bytes: Uint8Array, name: string): void => {
  reply
    .header('Content-Type', xlsx)
    .header('Content-Disposition', `attachment; filename*=UTF-8''${encodeURIComponent(name)}`)
    .header('Cache-Control', 'no-store')
    .send(Buffer.from(bytes));
};

@ApiTags('collection')
@ApiBearerAuth()
@ApiProblems([410, 'workbook-gone'], [413, 'too-large'], [415, 'not a file that can be taken'])
@Controller('api/registry/v1')
export class CollectionController {
  constructor(
    private readonly uploadWorkbook: UploadWorkbook,
    private readonly decideBatch: DecideBatch,
    private readonly readBatch: ReadBatch,
  ) {}

  @Get('schools/:school/collection-template')
  @Allow('clerk')
  @ApiProduces(xlsx)
  @ApiOperation({ summary: '下载本校采集模板 · the blank template of the school' })
  async template(@By() actor: Actor, @Param('school') school: string, @Res() reply: Reply): Promise<void> {
    sendWorkbook(reply, await this.readBatch.template(actor, school), `学生信息采集模板-${school}.xlsx`);
  }

  @Post('schools/:school/collections')
  @HttpCode(202)
  @Allow('clerk')
  @ApiCommand()
  @ApiUpload()
  @ApiOperation({ summary: '上传采集工作簿并检查（不写入）· upload and check, writing no child' })
  async upload(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @Param('school') school: string,
    @Req() request: Upload,
  ) {
    const { filename, bytes } = await fileOf(request);
    return this.uploadWorkbook.run(actor, key, school, filename, bytes);
  }

  @Get('collections')
  @Allow('clerk', 'deputyHead', 'officer')
  @ApiOperation({ summary: '批次 · batches in scope, newest first' })
  list(@By() actor: Actor, @Query() query: BatchesQuery) {
    return this.readBatch.list(actor, query.after, query.limit);
  }

  @Get('collections/:id')
  @Allow('clerk', 'deputyHead', 'officer')
  @ApiOkResponse()
  @ApiOperation({ summary: '批次状态与进度 · state, progress, counts, checks that could not be made' })
  async one(@By() actor: Actor, @Param('id') id: string) {
    return batchView(await this.readBatch.one(actor, id));
  }

  @Get('collections/:id/bad-rows')
  @Allow('clerk', 'deputyHead')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: '错误行 · bad rows with their reasons' })
  badRows(@By() actor: Actor, @Param('id') id: string, @Query() query: RowsQuery) {
    return this.readBatch.badRows(actor, id, query.after, query.limit);
  }

  @Get('collections/:id/marked-workbook')
  @Allow('clerk')
  @ApiProduces(xlsx)
  @ApiOperation({ summary: '错误行工作簿（标红）· the bad rows as a workbook, marked' })
  async marked(@By() actor: Actor, @Param('id') id: string, @Res() reply: Reply): Promise<void> {
    sendWorkbook(reply, await this.readBatch.marked(actor, id), '错误行.xlsx');
  }

  @Post('collections/:id/commit')
  @HttpCode(202)
  @Allow('clerk')
  @ApiCommand()
  @ApiOperation({ summary: '写入 · write the rows' })
  commit(@By() actor: Actor, @IdempotencyKey() key: string, @Param('id') id: string, @Body() body: CommitBody) {
    return this.decideBatch.commit(actor, key, id, body.goodRowsOnly);
  }

  @Post('collections/:id/undo')
  @HttpCode(202)
  @Allow('clerk')
  @ApiCommand()
  @ApiOperation({ summary: '撤销整批 · take the whole batch back' })
  undo(@By() actor: Actor, @IdempotencyKey() key: string, @Param('id') id: string) {
    return this.decideBatch.undo(actor, key, id);
  }
}
