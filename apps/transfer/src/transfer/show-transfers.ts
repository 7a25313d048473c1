import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { Clock, notFound, pageOf } from '#libs/service-kit';
import { PlacesRepository } from '#libs/places';
import { Law } from '../law/law';
import { Transfer } from './transfer';
import { isVisible, PageWanted, TransferRepository } from './transfer.repository';
import { lineOf, Lookups, officesIn, refusalView, viewOf } from './view';
import { Words, WordsRepository } from './words.repository';

/** Cases and refusals as their parties see them; what is out of scope does not exist. */
@Injectable()
export class ShowTransfers {
  constructor(
    private readonly transfers: TransferRepository,
    private readonly words: WordsRepository,
    private readonly places: PlacesRepository,
    private readonly audit: Audit,
    private readonly law: Law,
    private readonly clock: Clock,
  ) {}

  async one(actor: Actor, id: string) {
    const transfer = await this.visible(actor, id);
    return viewOf(transfer, await this.transfers.refusalsOf(id), await this.lookups([transfer]));
  }

  /** The words that belong to a case; the reading is recorded. */
  async wordsOf(actor: Actor, id: string): Promise<Words[]> {
    const transfer = await this.visible(actor, id);
    await this.audit.write([
      {
        act: 'transfer.words.read',
        account: actor.account,
        post: actor.posts[0]._id,
        subject: { kind: 'case', id: transfer._id },
        at: this.clock.now(),
        duty: 'transfer-review',
      },
    ]);
    return this.words.of(id);
  }

  async list(actor: Actor, wanted: { office?: string; state?: Transfer['state'] }, page: PageWanted) {
    const found = await this.transfers.list(actor, wanted, page);
    const look = await this.lookups([]);
    return pageOf(
      found,
      page.limit,
      (transfer) => lineOf(transfer, look),
      ({ _id }) => _id,
    );
  }

  async refusals(actor: Actor, wanted: { open: boolean }, page: PageWanted) {
    const found = await this.transfers.listRefusals(actor, wanted, page);
    return pageOf(found, page.limit, refusalView, ({ _id }) => _id);
  }

  /** Cases for which the registry owes an answer, without anything about the student. */
  async unanswered() {
    const found = await this.transfers.unanswered();
    return {
      items: found.map(({ _id, state, log }) => ({
        id: _id,
        state,
        since: log.find(({ what }) => what === 'registrySilent')?.at,
      })),
    };
  }

  private async visible(actor: Actor, id: string): Promise<Transfer> {
    const transfer = await this.transfers.find(id);
    if (!transfer || !isVisible(actor, transfer)) throw notFound();
    return transfer;
  }

  private async lookups(transfers: Transfer[]): Promise<Lookups> {
    return {
      today: this.clock.today(),
      names: await this.places.names(transfers.flatMap(officesIn)),
      packOf: (id) => this.law.policy.pack(id),
      calendarOf: (path) => this.law.calendar.forOffice(path),
    };
  }
}
