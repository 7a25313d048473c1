import { Body, Controller, Get, HttpCode, Param, Post, Query, Type } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiTags,
} from '@nestjs/swagger';
import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { Owner } from '#libs/contracts';
import { Allow, notFound } from '#libs/service-kit';
import { MessagingOptions } from './options';
import { Healed, ParkedKey, Parking } from './parking';
import { Heard, JournalSlice, MessagingPromises } from './promises';
import { MessagingFigures, MessagingStatus } from './status';
import { MessagingStore } from './store';

class ParkedKeyName {
  @ApiProperty({ description: 'Owner of the aggregate' }) @IsString() @MaxLength(40) source: string;
  @ApiProperty() @IsString() @MaxLength(200) aggregateId: string;
}

class FromShard {
  @ApiPropertyOptional({ description: '`next` of the slice before' })
  @IsOptional()
  @Matches(/^\d{1,2}$/)
  after?: string;
}

class HeardAfter {
  @ApiPropertyOptional() @IsOptional() @IsString() @MaxLength(300) after?: string;
}

const anyObject = { schema: { type: 'object', additionalProperties: true } };

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
    private readonly promises: MessagingPromises;

    constructor(
      private readonly status: MessagingStatus,
      private readonly parking: Parking,
      store: MessagingStore,
    ) {
      this.promises = new MessagingPromises(store, consumes);
    }

    @Get('status')
    @ApiOperation({ summary: 'Outbox, lag, parked keys and counters of events' })
    @ApiOkResponse(anyObject)
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

    /** As above, for ids that hold a slash, which no path through the gateway may carry. */
    @Post('parked/redrive')
    @HttpCode(200)
    @ApiOperation({ summary: 'Try a parked key again, named in the body' })
    @ApiOkResponse({ schema: { type: 'object', properties: { outcome: { type: 'string' } } } })
    async redriveNamed(@Body() { source, aggregateId }: ParkedKeyName): Promise<{ outcome: Healed }> {
      return { outcome: await this.parking.redrive(known(source), aggregateId) };
    }

    @Get('journal')
    @ApiOperation({ summary: 'What the journal promises, counted slice by slice' })
    @ApiOkResponse(anyObject)
    journal(@Query() { after }: FromShard): Promise<JournalSlice> {
      return this.promises.journal(after);
    }

    @Get('heard')
    @ApiOperation({ summary: 'How many events of each owner were heard to the end, slice by slice' })
    @ApiOkResponse(anyObject)
    heard(@Query() { after }: HeardAfter): Promise<Heard> {
      return this.promises.heard(after);
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
