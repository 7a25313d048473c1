import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { deadlineId, Deadlines, NewDeadline } from '#libs/deadlines';
import { Clock } from '#libs/service-kit';
import type { Item } from '../inbox/item';
import { Deliveries } from './deliveries.repository';
import { Delivery, isMailed, newDelivery } from './delivery';

export const deliverKind = 'notify.deliver';

/** The alarm of a delivery's next try. */
export const deadlineOf = ({ _id, nextTryAt }: Pick<Delivery, '_id' | 'nextTryAt'>): NewDeadline => ({
  kind: deliverKind,
  subject: _id,
  key: 'email',
  dueAt: nextTryAt,
});

/** Puts mail into the post, and takes it out again, in the transaction of what it tells of. Sending is another matter. */
@Injectable()
export class PostMail {
  constructor(
    private readonly deliveries: Deliveries,
    private readonly deadlines: Deadlines,
    private readonly clock: Clock,
  ) {}

  async about(session: ClientSession, item: Item, { reminder = false } = {}): Promise<void> {
    if (!isMailed(item.content.kind)) return;
    const day = 'arrivedOn' in item.content ? item.content.arrivedOn : this.clock.today();
    const delivery = newDelivery(item, { reminder, day, now: this.clock.now() });
    if (await this.deliveries.add(session, delivery)) await this.deadlines.arm(session, deadlineOf(delivery));
  }

  async withdraw(session: ClientSession, items: string[]): Promise<void> {
    if (items.length === 0) return;
    for (const subject of await this.deliveries.withdraw(session, items))
      await this.deadlines.cancel(session, deadlineId({ kind: deliverKind, subject, key: 'email' }));
  }
}
