import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Allow, ApiProblems } from '#libs/service-kit';
import { Deliveries } from './deliveries.repository';
import { DeliveryState } from './delivery';

class CountsDoc implements Record<DeliveryState, number> {
  @ApiProperty({ description: 'First try is armed' }) pending: number;
  @ApiProperty({ description: 'To be sent now' }) due: number;
  @ApiProperty({ description: 'On the wire' }) sending: number;
  @ApiProperty({ description: 'Next try is armed' }) failed: number;
  @ApiProperty({ description: 'Accepted by the mail server for everybody' }) sent: number;
  @ApiProperty({ description: 'Refused for good, or the tries are used up' }) givenUp: number;
  @ApiProperty({ description: 'The matter was settled before' }) withdrawn: number;
  @ApiProperty({ description: 'Nobody at the office has left an address' }) noAddress: number;
}

class DeliveriesDoc {
  @ApiProperty({ type: CountsDoc }) counts: CountsDoc;
}

@ApiTags('operator')
@ApiBearerAuth()
@Allow('operator')
@Controller('api/notify/v1/deliveries')
export class DeliveriesController {
  constructor(private readonly deliveries: Deliveries) {}

  @Get()
  @ApiOperation({ summary: 'E-mail by state: counts alone' })
  @ApiOkResponse({ type: DeliveriesDoc })
  @ApiProblems()
  async counts(): Promise<DeliveriesDoc> {
    return { counts: await this.deliveries.counts() };
  }
}
