import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { v7 as uuid } from 'uuid';
import { Actor } from '#libs/access';
import { MessagingStore, Once } from '#libs/messaging';
import type { LocalDate } from '#libs/policy';
import { Clock, notFound, Page, pageOf } from '#libs/service-kit';
import { AskedPlace } from '../places/asked-place';
import { CountRoll } from '../roll/count-roll';
import type { Breakdown, Row } from '../roll/figures';
import { Difference, differencesOf, Drawing } from './drawing';

export interface Wish {
  office?: string;
  purpose: string;
  on: LocalDate;
  knownOn?: LocalDate;
  by: Breakdown[];
}

/** Draws head counts for a purpose and keeps them as drawn (GZ-GU1, FJ-RP1, D5-27). */
@Injectable()
export class DrawFigures implements OnModuleInit {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly countRoll: CountRoll,
    private readonly places: AskedPlace,
    private readonly store: MessagingStore,
    private readonly once: Once,
    private readonly clock: Clock,
  ) {}

  private get drawings() {
    return this.connection.collection<Drawing>('drawings');
  }

  async onModuleInit(): Promise<void> {
    await this.drawings.createIndexes([{ key: { path: 1, _id: 1 }, name: 'path' }]);
  }

  async draw(actor: Actor, key: string, wish: Wish) {
    const place = await this.places.of(actor, wish.office);
    const counted = await this.countRoll.run(actor, { ...wish, office: place._id }, wish.by);
    const drawing: Drawing = {
      _id: uuid(),
      office: place._id,
      path: place.path,
      purpose: wish.purpose,
      on: counted.on,
      knownOn: counted.knownOn,
      by: wish.by,
      total: counted.total,
      rows: counted.rows,
      drawnAt: this.clock.now(),
      account: actor.account,
    };
    return this.store.transaction((session) =>
      this.once.run(session, { account: actor.account, key, body: { act: 'draw', wish } }, async () => {
        await this.drawings.insertOne(drawing, { session });
        return viewOf(drawing);
      }),
    );
  }

  async list(actor: Actor, asked: { after?: string; limit: number }): Promise<Page<ReturnType<typeof viewOf>>> {
    const found = await this.drawings
      .find({ $and: [actor.scope('path'), asked.after === undefined ? {} : { _id: { $gt: asked.after } }] })
      .sort({ _id: 1 })
      .limit(asked.limit + 1)
      .toArray();
    return pageOf(found, asked.limit, viewOf, ({ _id }) => _id);
  }

  /** Draws the same figures again. Differences mean that what was known on that day did not stay as it was. */
  async again(actor: Actor, id: string): Promise<{ id: string; differences: Difference[] }> {
    const drawing = await this.visible(actor, id);
    const { rows } = await this.countRoll.run(actor, drawing, drawing.by);
    return { id, differences: differencesOf(drawing.rows, rows) };
  }

  /** Compares a drawing with the figures of a statistical return. */
  async compare(
    actor: Actor,
    id: string,
    returned: readonly Row[],
  ): Promise<{ id: string; differences: Difference[] }> {
    const drawing = await this.visible(actor, id);
    return { id, differences: differencesOf(drawing.rows, returned) };
  }

  private async visible(actor: Actor, id: string): Promise<Drawing> {
    const drawing = await this.drawings.findOne({ _id: id });
    if (!drawing || !actor.covers(drawing.path)) throw notFound();
    return drawing;
  }
}

const viewOf = ({ _id, path: _path, drawnAt, ...rest }: Drawing) => ({
  id: _id,
  ...rest,
  drawnAt: drawnAt.toISOString(),
});
