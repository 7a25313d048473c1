import { Controller, Get, HttpCode, Param, Post, Type } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Owner } from '#libs/contracts';
import { Allow, notFound } from '#libs/service-kit';
import { MessagingOptions } from './options';
import { Healed, ParkedKey, Parking } from './parking';
import { MessagingFigures, MessagingStatus } from './status';

/** What an operator sees and does: figures, parked keys, redrive. No personal data passes here. */
export const operatorController = ({ owner, consumes }: MessagingOptions): Type<unknown> => {
  const known = (source: string): Owner => {
    if (!consumes.includes(source as Owner)) throw notFound();
    return source as Owner;
  };

  @ApiTags('operator')
  @Allow('operator')
  @Controller(`api/${owner}/v1/operator`)
  class OperatorController {
    constructor(
      private readonly status: MessagingStatus,
      private readonly parking: Parking,
    ) {}

    @Get('status')
    @ApiOperation({ summary: 'Outbox, lag, parked keys and counters of events' })
    @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
    figures(): Promise<MessagingFigures> {
      return this.status.figures();
    }

    @Get('parked')
    @ApiOperation({ summary: 'Keys that wait after an event could not be applied' })
    @ApiOkResponse({ schema: { type: 'object', properties: { parked: { type: 'array', items: { type: 'object' } } } } })
    async parked(): Promise<{ parked: ParkedKey[] }> {
      return { parked: await this.parking.list() };
    }

    @Post('parked/:source/:aggregateId/redrive')
    @HttpCode(200)
    @ApiOperation({ summary: 'Try a parked key again, from the journal of its owner' })
    @ApiOkResponse({ schema: { type: 'object', properties: { outcome: { type: 'string' } } } })
    async redrive(
      @Param('source') source: string,
      @Param('aggregateId') aggregateId: string,
    ): Promise<{ outcome: Healed }> {
      return { outcome: await this.parking.redrive(known(source), aggregateId) };
    }

    @Post('rebuild/:source')
    @HttpCode(202)
    @ApiOperation({ summary: 'Replay everything an owner has published, after a restore; goes on in the background' })
    @ApiAcceptedResponse()
    rebuild(@Param('source') source: string): void {
      this.parking.rebuildInBackground(known(source));
    }
  }
  return OperatorController;
};
