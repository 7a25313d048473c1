import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { notFound } from '#libs/service-kit';
import { Items } from './items.repository';

/** Notes that the holder has read it; nothing is done by that. Twice is the same as once. */
@Injectable()
export class MarkRead {
  constructor(private readonly items: Items) {}

  /** @throws Refused `not-found` (404) for what is not in an inbox of the caller's posts */
  async run(actor: Actor, id: string): Promise<void> {
    if (!(await this.items.markRead(id, actor.posts))) throw notFound();
  }
}
