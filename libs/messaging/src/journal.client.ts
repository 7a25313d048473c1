import { Inject, Injectable, Optional } from '@nestjs/common';
import { Owner } from '#libs/contracts';
import { Settings } from '#libs/service-kit';
import { JournalUnreachable } from './faults';
import { JournalEntry } from './wire';

/** How this service proves to another that it is itself. */
export const IDENTITY = Symbol('service identity');

export interface ServiceIdentity {
  /** Bearer token in this service's own name. */
  ownToken(): Promise<string>;
}

/** Reads the journals of other owners over HTTP. */
@Injectable()
export class JournalClient {
  constructor(
    private readonly settings: Settings,
    @Optional() @Inject(IDENTITY) private readonly identity?: ServiceIdentity,
  ) {}

  /** Events of one aggregate after a sequence, in order; an empty page is the end. */
  ofAggregate(source: Owner, aggregateId: string, after: number): Promise<JournalEntry[]> {
    return this.get(source, `aggregates/${encodeURIComponent(aggregateId)}?after=${after}`);
  }

  /** Published events of one shard after a position, in order; an empty page is the end. */
  ofShard(source: Owner, shard: number, after: number): Promise<JournalEntry[]> {
    return this.get(source, `shards/${shard}?after=${after}`);
  }

  private async get(source: Owner, path: string): Promise<JournalEntry[]> {
    const base = this.settings.services[source];
    if (!base) throw new JournalUnreachable(`XUEJI_SERVICES names no address of ${source}`);
    try {
      const response = await fetch(new URL(`/internal/journal/${path}`, base), {
        headers: { authorization: `Bearer ${(await this.identity?.ownToken()) ?? ''}` },
        signal: AbortSignal.timeout(10_000),
      });
      if (!response.ok) throw new Error(`status ${response.status}`);
      return ((await response.json()) as { events: JournalEntry[] }).events;
    } catch (cause) {
      throw new JournalUnreachable(`journal of ${source}`, { cause });
    }
  }
}
