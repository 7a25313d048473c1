import { createConnection, Connection } from 'mongoose';
import pino from 'pino';
import { DataOf, EventDefinition, NewEvent, Owner } from '#libs/contracts';
import { MessagingStore, Outbox, Relay } from '#libs/messaging';
import { Settings } from '#libs/service-kit';
import { Corner } from '#libs/testing';

/** Another service as this one knows it: events from its outbox, by its relay, over the broker. */
export class Neighbour {
  private readonly seqs = new Map<string, number>();

  private constructor(
    private readonly connection: Connection,
    private readonly store: MessagingStore,
    private readonly outbox: Outbox,
    private readonly relay: Relay,
    private readonly now: () => Date,
  ) {}

  static async open(corner: Corner, owner: Owner, now: () => Date): Promise<Neighbour> {
    const connection = await createConnection(corner.mongoUrl(owner)).asPromise();
    const store = await new MessagingStore(connection).prepare();
    const options = { owner, consumes: [] };
    const settings = Settings.fromEnvironment(owner, {
      ...corner.environment(owner),
      XUEJI_GATEWAY_URL: 'http://127.0.0.1:9',
    });
    const relay = new Relay(store, options, settings, pino({ level: 'silent' }));
    relay.onApplicationBootstrap();
    return new Neighbour(connection, store, new Outbox(store, options), relay, now);
  }

  /** States facts, each the next of its aggregate, in one transaction. */
  async tell(...facts: NewEvent[]): Promise<void> {
    await this.store.transaction((session) => this.outbox.add(session, facts));
  }

  fact<E extends EventDefinition>(definition: E, aggregateId: string, data: DataOf<E>): NewEvent<E> {
    const seq = (this.seqs.get(aggregateId) ?? 0) + 1;
    this.seqs.set(aggregateId, seq);
    const recordedAt = this.now();
    const effectiveOn = new Date(recordedAt.getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
    return { definition, aggregateId, seq, effectiveOn, recordedAt, data };
  }

  async say<E extends EventDefinition>(definition: E, aggregateId: string, data: DataOf<E>): Promise<void> {
    await this.tell(this.fact(definition, aggregateId, data) as unknown as NewEvent);
  }

  async close(): Promise<void> {
    await this.relay.beforeApplicationShutdown();
    await this.connection.close();
  }
}
