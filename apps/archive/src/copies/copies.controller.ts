import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiProperty,
  ApiPropertyOptional,
  ApiTags,
} from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  Min,
} from 'class-validator';
import { Readable } from 'node:stream';
import { Actor, Allow, By } from '#libs/access';
import { copyKinds, CopyKind } from '#libs/contracts';
import { ApiCommand, ApiProblems, IdempotencyKey, notFound } from '#libs/service-kit';
import { CopiesRepository } from './copies.repository';
import type { Copy, CopyState } from './copy';
import { ExportCopy } from './export-copy';
import { neverDeleted } from './never-deleted';
import { ReviewCopies } from './review-copies';
import { Law } from '../law/law';
import { CopyPdf } from '../pdf/copy-pdf';

const states = ['new', 'asked', 'pulling', 'inReview', 'ready', 'sealed', 'notKept'] as const;

class CopyListQuery {
  @ApiPropertyOptional({ description: 'School whose copy it is, by its code; also of a school that has closed' })
  @IsOptional()
  @Matches(/^\d{10}$/)
  school?: string;
  @ApiPropertyOptional({ description: 'Who keeps it now' }) @IsOptional() @IsString() @MaxLength(80) keeper?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @MaxLength(80) student?: string;
  @ApiPropertyOptional({ enum: copyKinds }) @IsOptional() @IsIn(copyKinds) kind?: CopyKind;
  @ApiPropertyOptional({ enum: states }) @IsOptional() @IsIn(states) state?: CopyState;
  @ApiPropertyOptional() @IsOptional() @IsString() @MaxLength(80) after?: string;
}

class ProofQuery {
  @ApiPropertyOptional({ description: 'Size of the head to prove against; absent: the newest' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  size?: number;
}

class ReviewBody {
  @ApiProperty() @Matches(/^\d{10}$/) school: string;

  @ApiProperty({ type: [String] })
  @IsString({ each: true })
  @MaxLength(80, { each: true })
  @ArrayMinSize(1)
  @ArrayMaxSize(500)
  copies: string[];

  @ApiProperty({ type: [String], description: 'Items that are missing and were looked at' })
  @IsString({ each: true })
  @MaxLength(120, { each: true })
  @ArrayMaxSize(100)
  missingSeen: string[];
}

interface Reply {
  header(name: string, value: string): Reply;
  send(body: Readable | Buffer): void;
}

const answer = { schema: { type: 'object', additionalProperties: true } };

@ApiTags('copies')
@ApiBearerAuth()
@ApiProblems(
  [404, 'not-found'],
  [409, 'wrong-state, not-in-review, kept-for-ever'],
  [422, 'missing-not-seen, missing-glyph'],
)
@Controller('api/archive/v1/copies')
export class CopiesController {
  constructor(
    private readonly copies: CopiesRepository,
    private readonly exports: ExportCopy,
    private readonly readable: CopyPdf,
    private readonly reviews: ReviewCopies,
    private readonly law: Law,
  ) {}

  @Get()
  @Allow('clerk', 'deputyHead', 'officer', 'archiveKeeper')
  @ApiOperation({ summary: '档案副本 · copies in the care of one’s office or below it' })
  @ApiOkResponse(answer)
  async list(@By() actor: Actor, @Query() query: CopyListQuery) {
    const found = await this.copies.list(actor, { ...query, limit: 100 });
    return { copies: found.map(lineOf), ...(found.length === 100 && { after: found.at(-1)?._id }) };
  }

  @Get(':id')
  @Allow('clerk', 'deputyHead', 'officer', 'archiveKeeper')
  @ApiOperation({
    summary: '一份副本：由来、缺项、审查、封存与保管 · one copy: why, what is missing, review, seal, custody',
  })
  @ApiOkResponse(answer)
  async show(@By() actor: Actor, @Param('id') id: string) {
    const copy = await this.copies.inScope(actor, id);
    if (!copy) throw notFound();
    return { ...viewOf(copy), ...(copy.sealed && { filing: this.filing(copy) }) };
  }

  /** The article by which the archive office has it since it was filed, and the producing office reads (SCH3-AR3). */
  private filing({ pack }: Copy) {
    const setting = pack ? this.law.policy.pack(pack).setting<boolean>('archive.custodyOnFiling') : undefined;
    return setting?.configured ? setting.citation : undefined;
  }

  @Get(':id/proof')
  @Allow('clerk', 'officer', 'archiveKeeper')
  @ApiOperation({ summary: '封存证明 · statement, leaf, audit path and head' })
  @ApiOkResponse(answer)
  proof(@By() actor: Actor, @Param('id') id: string, @Query() { size }: ProofQuery) {
    return this.exports.proof(actor, id, size);
  }

  @Get(':id/export')
  @Allow('clerk', 'officer', 'archiveKeeper')
  @ApiOperation({ summary: '导出可自证的档案包（留痕）· the bag with its proof, as zip; the reading is recorded' })
  @ApiProduces('application/zip')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  async export(
    @By() actor: Actor,
    @Param('id') id: string,
    @Query() { size }: ProofQuery,
    @Res() reply: Reply,
  ): Promise<void> {
    const { name, stream } = await this.exports.zip(actor, id, size);
    reply
      .header('Content-Type', 'application/zip')
      .header('Cache-Control', 'no-store')
      .header('Content-Disposition', `attachment; filename="${name}"`)
      .send(stream);
  }

  @Get(':id/pdf')
  @Allow('clerk', 'officer', 'archiveKeeper')
  @ApiOperation({
    summary: '可读的副本（PDF，留痕）· the copy as people read it; a character without a glyph is named, not boxed',
  })
  @ApiProduces('application/pdf')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  async pdf(@By() actor: Actor, @Param('id') id: string, @Res() reply: Reply): Promise<void> {
    const bytes = await this.readable.make(actor, id);
    reply.header('Content-Type', 'application/pdf').header('Cache-Control', 'no-store').send(bytes);
  }

  @Post('reviews')
  @HttpCode(200)
  @Allow('clerk', 'deputyHead')
  @ApiCommand()
  @ApiOperation({
    summary: '归档前审查 · the school has looked whether files are complete and right, and at what is missing',
  })
  @ApiOkResponse(answer)
  review(@By() actor: Actor, @IdempotencyKey() key: string, @Body() body: ReviewBody) {
    return this.reviews.run(actor, key, body);
  }

  @Delete(':id')
  @Allow('clerk', 'officer', 'archiveKeeper')
  @ApiOperation({ summary: '永久保存，不予删除 · kept for ever: always refused, by the article that holds there' })
  async remove(@By() actor: Actor, @Param('id') id: string): Promise<never> {
    const copy = await this.copies.inScope(actor, id);
    if (!copy) throw notFound();
    throw neverDeleted(copy, this.law.policy);
  }
}

const lineOf = ({ _id, version, state, student, kind, reason, school, stage, on, sealed, custody, missing }: Copy) => ({
  id: _id,
  version,
  state,
  student,
  kind,
  reason,
  school,
  stage,
  on,
  ...(sealed && { sealedOn: sealed.on, leaf: sealed.leaf }),
  keeper: custody.keeper,
  custodySince: custody.since,
  missing: missing.map(({ item }) => item),
});

const viewOf = (copy: Copy) => ({
  ...lineOf(copy),
  class: copy.class,
  case: copy.case,
  ending: copy.ending,
  asOf: copy.asOf,
  pack: copy.pack,
  citations: copy.citations,
  parts: copy.parts.map(({ owner, digest, items, positions }) => ({ owner, digest, items, positions })),
  files: copy.files.map(({ path, size, sha256, sm3 }) => ({ path, size, sha256, sm3 })),
  papers: copy.parts.flatMap(({ owner, papers }) => (papers ?? []).map((paper) => ({ owner, ...paper }))),
  missing: copy.missing,
  review: copy.review,
  sealed: copy.sealed,
  custody: copy.custody,
  formerCustody: copy.formerCustody,
  /** Nobody changes a copy: whoever may see it reads it. */
  readOnly: copy.state === 'sealed',
});
