import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { Allow } from '#libs/access';
import { TransferState } from './transfer';
import { TransferRepository } from './transfer.repository';

class After {
  @ApiPropertyOptional({ description: '`next` of the slice before' })
  @IsOptional()
  @IsString()
  @MaxLength(80)
  after?: string;
}

export interface CasesSlice {
  cases: { case: string; state: TransferState; student: string; toClass: string }[];
  next?: string;
}

const slice = 1_000;

/** What an operator compares with the holds of the registry. Ids alone. */
@ApiTags('operator')
@ApiBearerAuth()
@Controller('api/transfer/v1/operator')
export class TransferOperatorController {
  constructor(private readonly transfers: TransferRepository) {}

  @Get('cases')
  @Allow('operator', 'auditor')
  @ApiOperation({ summary: 'Cases under way, slice by slice' })
  async cases(@Query() { after }: After): Promise<CasesSlice> {
    const found = await this.transfers.open(after ?? '', slice);
    const cases = found.map(({ _id, state, student, to }) => ({ case: _id, state, student, toClass: to.class }));
    return { cases, ...(found.length === slice && { next: found[slice - 1]._id }) };
  }
}
