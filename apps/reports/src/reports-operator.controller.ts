import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { Allow } from '#libs/access';
import { CountRoll } from './roll/count-roll';

class After {
  @ApiPropertyOptional({ description: '`next` of the slice before' })
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

  @Get('roll')
  @Allow('operator', 'auditor')
  @ApiOperation({
    summary: 'Children of each class once every known fact has taken effect; compared with the records of the registry',
  })
  roll(@Query() { after }: After) {
    return this.countRoll.seatedByClass(after);
  }
}
