import { Controller, Get, Param, Query, Req, Res, Type } from '@nestjs/common';
import { ApiBearerAuth, ApiExcludeController, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PartOwner } from '#libs/contracts';
import { SignedHead } from '#libs/proofs';
import { Files } from '#libs/protection';
import { Allow, AllowService, notFound } from '#libs/service-kit';
import { Anchors } from './anchors';
import { FreezeParts } from './freeze-parts';
import { FrozenPartsRepository } from './frozen-parts.repository';

interface Reply {
  header(name: string, value: string): Reply;
  send(body: Buffer): void;
}

const digestForm = /^[0-9a-f]{64}$/;

/** Frozen parts and their papers, by digest, to the archive and to nobody else. */
@ApiExcludeController()
@AllowService()
@Controller('internal/parts')
export class PartsController {
  constructor(
    private readonly parts: FrozenPartsRepository,
    private readonly files: Files,
  ) {}

  /** The part itself, or a paper that it names. */
  @Get(':copy/:digest')
  async bytes(
    @Req() { caller }: { caller?: string },
    @Param('copy') copy: string,
    @Param('digest') digest: string,
    @Res() reply: Reply,
  ): Promise<void> {
    const part = caller === 'archive' && digestForm.test(digest) ? await this.parts.find(copy) : null;
    const named = part && (part.digest === digest || part.papers?.some((paper) => paper.digest === digest));
    const bytes = named ? await this.files.get(digest) : undefined;
    if (!bytes) throw notFound();
    reply.header('Content-Type', 'application/octet-stream').header('Cache-Control', 'no-store').send(bytes);
  }
}

/** Operator's view: parts not yet frozen, and the heads that this service keeps of the archive's log. */
export const sealingOperatorController = (owner: PartOwner): Type<unknown> => {
  @ApiTags('operator')
  @ApiBearerAuth()
  @Controller(`api/${owner}/v1/operator/sealing`)
  class SealingOperatorController {
    constructor(
      private readonly parts: FrozenPartsRepository,
      private readonly anchors: Anchors,
      private readonly freezing: FreezeParts,
    ) {}

    @Get('status')
    @Allow('operator', 'auditor')
    @ApiOperation({ summary: 'Parts that the archive asked for and that are not frozen yet' })
    @ApiOkResponse({ schema: { type: 'object', properties: { unfrozen: { type: 'integer' } } } })
    async status(): Promise<{ unfrozen: number }> {
      this.freezing.wake();
      return { unfrozen: await this.parts.unfinished() };
    }

    @Get('heads')
    @Allow('operator', 'auditor')
    @ApiOperation({ summary: 'Heads of the log of the archive as this service has heard them, newest first' })
    @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
    async heads(@Query('limit') limit?: string): Promise<{ heads: SignedHead[] }> {
      return { heads: await this.anchors.newest(Math.min(Math.max(Number(limit) || 50, 1), 1_000)) };
    }
  }
  return SealingOperatorController;
};

/** The same heads for the archive itself, which compares its store with them. */
@ApiExcludeController()
@AllowService()
@Controller('internal/heads')
export class AnchorsController {
  constructor(private readonly anchors: Anchors) {}

  @Get()
  async heads(@Query('limit') limit?: string): Promise<{ heads: SignedHead[] }> {
    return { heads: await this.anchors.newest(Math.min(Math.max(Number(limit) || 50, 1), 10_000)) };
  }
}
