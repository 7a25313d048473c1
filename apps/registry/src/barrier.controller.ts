import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow } from '#libs/access';
import { RunBatch } from './collection/run-batch';
import { NumberRequests } from './numbers/number-requests';

/** Long work under way, for who waits until all is quiet. */
@ApiTags('operator')
@ApiBearerAuth()
@Controller('api/registry/v1/operator')
export class BarrierController {
  constructor(
    private readonly batches: RunBatch,
    private readonly numbers: NumberRequests,
  ) {}

  @Get('work')
  @Allow('operator')
  @ApiOperation({ summary: 'Collections being worked on and numbers not yet answered' })
  async work(): Promise<{ collections: number; numbers: number }> {
    const [collections, numbers] = await Promise.all([this.batches.unfinished(), this.numbers.open()]);
    return { collections, numbers };
  }
}
