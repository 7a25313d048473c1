import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { Keyring } from '#libs/protection';
import { notFound, pageOf } from '#libs/service-kit';
import { Completion, CompletionState } from './completion';
import { CompletionRepository } from './completion.repository';
import { countEndings } from './enter-completion';

/** Completions as the school and the offices above it see them. */
@Injectable()
export class ReadCompletion {
  constructor(
    private readonly completions: CompletionRepository,
    private readonly keyring: Keyring,
  ) {}

  async list(actor: Actor, wish: { school?: string; state?: CompletionState; after?: string; limit: number }) {
    const found = await this.completions.completions
      .find({
        $and: [actor.scope('path')],
        ...(wish.school && { school: wish.school }),
        ...(wish.state && { state: wish.state }),
        ...(wish.after && { _id: { $lt: wish.after } }),
      })
      .sort({ _id: -1 })
      .limit(wish.limit + 1)
      .toArray();
    return pageOf(found, wish.limit, lineOf, ({ _id }) => _id);
  }

  async one(actor: Actor, id: string) {
    const found = await this.completions.completions.findOne({ $and: [{ _id: id }, actor.scope('path')] });
    if (!found) throw notFound();
    const { returned, children } = found;
    const where = { collection: 'completions', id, field: 'returned' };
    return {
      ...lineOf(found),
      children,
      ...(returned && { returned: { reason: await this.keyring.unseal(returned.reason, where), at: returned.at } }),
    };
  }
}

const lineOf = (one: Completion) => ({
  id: one._id,
  version: one.version,
  state: one.state,
  school: one.school,
  class: one.class,
  className: one.className,
  stage: one.stage,
  entryYear: one.entryYear,
  on: one.on,
  authority: one.authority,
  students: one.children.length,
  byEnding: countEndings(one.children),
  ended: one.ended,
  notMade: one.notMade,
  enteredBy: one.enteredBy,
  enteredAt: one.enteredAt,
});
