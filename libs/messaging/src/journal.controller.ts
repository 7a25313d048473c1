import { Controller, Get, Inject, Param, ParseIntPipe, Query } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { AllowService } from '#libs/service-kit';
import { MESSAGING, MessagingOptions } from './options';
import { rowId } from './shard';
import { MessagingStore } from './store';
import { entryOf, JournalEntry } from './wire';

const pageSize = 500;
/** Only what a majority holds is told: an event that was heard can never be taken back. */
const reading = { readConcern: { level: 'majority' as const } };

/** The owner's events, replayed to other services by aggregate and by position. */
@ApiExcludeController()
@AllowService()
@Controller('internal/journal')
export class JournalController {
  constructor(
    private readonly store: MessagingStore,
    @Inject(MESSAGING) private readonly options: MessagingOptions,
  ) {}

  /** At most 500 events after a sequence, published or not. */
  @Get('aggregates/:id')
  async ofAggregate(
    @Param('id') aggregateId: string,
    @Query('after', ParseIntPipe) after: number,
  ): Promise<{ events: JournalEntry[] }> {
    const rows = await this.store.outbox
      .find({ _id: { $gt: rowId(aggregateId, after), $lte: rowId(aggregateId, 99_999_999) }, aggregateId }, reading)
      .sort({ _id: 1 })
      .limit(pageSize)
      .toArray();
    return { events: rows.map((row) => entryOf(this.options.owner, row)) };
  }

  /** At most 500 published events after a position. */
  @Get('shards/:shard')
  async ofShard(
    @Param('shard', ParseIntPipe) shard: number,
    @Query('after', ParseIntPipe) after: number,
  ): Promise<{ events: JournalEntry[] }> {
    const rows = await this.store.outbox
      .find({ shard, position: { $gt: Math.max(after, 0) } }, reading)
      .sort({ position: 1 })
      .limit(pageSize)
      .toArray();
    return { events: rows.map((row) => entryOf(this.options.owner, row)) };
  }
}
