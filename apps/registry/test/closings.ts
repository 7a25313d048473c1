import { randomUUID } from 'node:crypto';
import { Actor } from '#libs/access';
import { MessagingStore } from '#libs/messaging';
import { until } from '#libs/testing';
import { CarryOutClosing } from '../src/closing/carry-out-closing';
import { Closing } from '../src/closing/closing';
import { ClosingWish, ConductClosing } from '../src/closing/conduct-closing';
import { HearClosing } from '../src/closing/hear-closing';
import { RunClosing } from '../src/closing/run-closing';
import { RegistryCorner, TestSchool } from './registry-corner';

/** A county that closes schools, with the other services played: they answer what the test says. */
export class County {
  readonly officer: Actor;

  constructor(
    readonly registry: RegistryCorner,
    path: string,
  ) {
    this.officer = registry.actor('officer', path);
  }

  get conduct() {
    return this.registry.app.get(ConductClosing);
  }

  async closing(id: string): Promise<Closing> {
    return (await this.registry.connection.collection<Closing>('closings').findOne({ _id: id }))!;
  }

  async announce(school: TestSchool, wish: Partial<ClosingWish> = {}): Promise<string> {
    const on = this.registry.clock.today();
    const all: ClosingWish = { school: school.code, kind: 'closure', on, ...wish };
    return (await this.conduct.announce(this.officer, randomUUID(), all)).id;
  }

  async nameKeeper(id: string, keeper: string) {
    return this.conduct.keeper(this.officer, randomUUID(), id, (await this.closing(id)).version, keeper);
  }

  /** The transfer service answers the last question. */
  async answer(id: string, items: { kind: string; id: string }[] = [], ask?: number): Promise<void> {
    const closing = await this.closing(id);
    const event = { data: { closing: id, ask: ask ?? closing.ask, open: items.length, items } } as never;
    await this.registry.connection.transaction((session) =>
      this.registry.app.get(HearClosing).answered(event, 'transfer', session),
    );
  }

  async carryOut(id: string) {
    const { version } = await this.closing(id);
    return this.registry.app.get(CarryOutClosing).run(this.officer, randomUUID(), id, version);
  }

  in(id: string, state: Closing['state']): Promise<Closing> {
    return until(
      async () => {
        this.registry.app.get(RunClosing).wake();
        const found = await this.closing(id);
        return found.state === state ? found : undefined;
      },
      { within: 90_000, message: async () => `closing in ${state}; it is ${JSON.stringify(await this.closing(id))}` },
    );
  }

  /** The archive has handed custody over. */
  async handedOver(id: string, copies = 3): Promise<void> {
    const { school, keeper } = await this.closing(id);
    const data = { closing: id, from: school, to: keeper!.office, copies, digest: 'd'.repeat(64) };
    await this.registry.connection.transaction((session) =>
      this.registry.app.get(HearClosing).handedOver({ data } as never, session),
    );
  }

  async told(id: string) {
    return this.registry.app.get(MessagingStore).outbox.find({ aggregateId: id }).sort({ seq: 1 }).toArray();
  }
}
