import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { Allow } from '#libs/access';
import { RunBatch } from './collection/run-batch';
import { RunClosing } from './closing/run-closing';
import { RunCompletion } from './completion/run-completion';
import { HoldsSlice, Invariants, RecordsSlice, RegistryInvariants, RollSlice, SeatsSlice } from './invariants';
import { NumberRequests } from './numbers/number-requests';

class After {
  @ApiPropertyOptional({ description: '`next` of the slice before' })
  @IsOptional()
  @IsString()
  @MaxLength(80)
  after?: string;
}

/** What an operator or an auditor asks: long work under way, and whether the promises hold. No personal data. */
@ApiTags('operator')
@ApiBearerAuth()
@Controller('api/registry/v1/operator')
export class RegistryOperatorController {
  constructor(
    private readonly batches: RunBatch,
    private readonly completions: RunCompletion,
    private readonly closings: RunClosing,
    private readonly numbers: NumberRequests,
    private readonly invariants: Invariants,
  ) {}

  @Get('work')
  @Allow('operator')
  @ApiOperation({ summary: 'Long work under way and numbers not yet answered' })
  async work(): Promise<{ collections: number; completions: number; closings: number; numbers: number }> {
    const [collections, completions, closings, numbers] = await Promise.all([
      this.batches.unfinished(),
      this.completions.unfinished(),
      this.closings.unfinished(),
      this.numbers.open(),
    ]);
    return { collections, completions, closings, numbers };
  }

  @Get('invariants')
  @Allow('operator', 'auditor')
  @ApiOperation({ summary: 'What must hold, counted: seats, numbers, journal' })
  count(): Promise<RegistryInvariants> {
    return this.invariants.count();
  }

  @Get('seats')
  @Allow('operator', 'auditor')
  @ApiOperation({ summary: 'Classes whose counters are not what the records say, slice by slice' })
  seats(@Query() { after }: After): Promise<SeatsSlice> {
    return this.invariants.seats(after);
  }

  @Get('roll')
  @Allow('operator', 'auditor')
  @ApiOperation({ summary: 'Records on roll by class, slice by slice; compared with the head counts of reports' })
  roll(@Query() { after }: After): Promise<RollSlice> {
    return this.invariants.roll(after);
  }

  @Get('records')
  @Allow('operator', 'auditor')
  @ApiOperation({ summary: 'Records without a seat, or with a number that is not theirs, slice by slice' })
  records(@Query() { after }: After): Promise<RecordsSlice> {
    return this.invariants.records(after);
  }

  @Get('holds')
  @Allow('operator', 'auditor')
  @ApiOperation({ summary: 'Cases that hold a record, slice by slice' })
  holds(@Query() { after }: After): Promise<HoldsSlice> {
    return this.invariants.holds(after);
  }
}
