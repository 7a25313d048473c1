import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { Allow } from '#libs/access';
import { PageQuery } from '#libs/service-kit';
import { CountRoll } from './roll/count-roll';

class SeatsQuery extends PageQuery {
  @ApiPropertyOptional({ description: '`next` of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(80)
  after?: string;
}

/** What an operator or an auditor asks. No personal data. */
@ApiTags('operator')
@ApiBearerAuth()
@Controller('api/reports/v1/operator')
export class ReportsOperatorController {
  constructor(private readonly countRoll: CountRoll) {}

  @Get('seats')
  @Allow('operator', 'auditor')
  @ApiOperation({
    summary: 'Children seated in each class once every known fact has taken effect; compared with the registry',
  })
  seats(@Query() { after, limit }: SeatsQuery) {
    return this.countRoll.seatedByClass(after, limit);
  }
}
