import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow } from '#libs/access';
import { RunBatch } from './collection/run-batch';
import { RunCompletion } from './completion/run-completion';
import { Invariants, RegistryInvariants } from './invariants';
import { NumberRequests } from './numbers/number-requests';

/** What an operator or an auditor asks: long work under way, and whether the promises hold. No personal data. */
@ApiTags('operator')
@ApiBearerAuth()
@Controller('api/registry/v1/operator')
export class RegistryOperatorController {
  constructor(
    private readonly batches: RunBatch,
    private readonly completions: RunCompletion,
    private readonly numbers: NumberRequests,
    private readonly invariants: Invariants,
  ) {}

  @Get('work')
  @Allow('operator')
  @ApiOperation({ summary: 'Long work under way and numbers not yet answered' })
  async work(): Promise<{ collections: number; completions: number; numbers: number }> {
    const [collections, completions, numbers] = await Promise.all([
      this.batches.unfinished(),
      this.completions.unfinished(),
      this.numbers.open(),
    ]);
    return { collections, completions, numbers };
  }

  @Get('invariants')
  @Allow('operator', 'auditor')
  @ApiOperation({ summary: 'What must hold, counted: seats, numbers, journal' })
  count(): Promise<RegistryInvariants> {
    return this.invariants.count();
  }

  @Get('holds')
  @Allow('operator', 'auditor')
  @ApiOperation({ summary: 'Cases that hold a record' })
  async holds(): Promise<{ holds: string[] }> {
    return { holds: await this.invariants.holds() };
  }
}
