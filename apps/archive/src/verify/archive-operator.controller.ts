import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow } from '#libs/access';
import { CopiesRepository } from '../copies/copies.repository';
import type { CopyState } from '../copies/copy';
import { HandoversRepository } from '../handovers/handovers.repository';
import { LogRepository } from '../log/log.repository';
import { Verification, VerifyArchive } from './verify-archive';

/** What an operator or an auditor asks: what is under way, and whether the archive is what it was. No personal data. */
@ApiTags('operator')
@ApiBearerAuth()
@Controller('api/archive/v1/operator')
export class ArchiveOperatorController {
  constructor(
    private readonly copies: CopiesRepository,
    private readonly handovers: HandoversRepository,
    private readonly log: LogRepository,
    private readonly verify: VerifyArchive,
  ) {}

  @Get('work')
  @Allow('operator', 'auditor')
  @ApiOperation({ summary: 'Copies not sealed yet, by state; files not received; leaves and the newest head' })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
  async work(): Promise<{
    copies: Partial<Record<CopyState, number>>;
    filesUnreceived: number;
    leaves: number;
    head: number;
  }> {
    const [copies, filesUnreceived, { size }, head] = await Promise.all([
      this.copies.unfinished(),
      this.handovers.unreceived(),
      this.log.state(),
      this.log.newestHead(),
    ]);
    return { copies, filesUnreceived, leaves: size, head: head?.size ?? 0 };
  }

  @Post('verify')
  @HttpCode(200)
  @Allow('operator', 'auditor')
  @ApiOperation({
    summary: 'Looks at everything: edits, deletions, another order, back-dating, truncation, each named',
  })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
  run(): Promise<Verification> {
    return this.verify.run();
  }
}
