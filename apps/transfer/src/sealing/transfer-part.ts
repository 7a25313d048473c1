import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { Audit } from '#libs/audit';
import { MessagingStore } from '#libs/messaging';
import { AskedPart, Part, PartSource } from '#libs/sealing';
import { TransferRepository } from '../transfer/transfer.repository';
import { WordsRepository } from '../transfer/words.repository';

/** The case that led to the copy has not come to its end here yet. */
class CaseUnderWay extends Error {
  override readonly name = 'CaseUnderWay';
}

/**
 * The transfer service's part of a copy: every case of the child with its steps and articles, what was written about it in
 * words, refusals, papers and audit rows. Cases filed after the moment of the copy are the next school's.
 */
@Injectable()
export class TransferPart extends PartSource {
  constructor(
    private readonly store: MessagingStore,
    private readonly transfers: TransferRepository,
    private readonly words: WordsRepository,
    private readonly audit: Audit,
  ) {
    super();
  }

  async collect({ student, asOf, case: own }: AskedPart, session: ClientSession): Promise<Part> {
    const found = await this.transfers.ofStudent(student, session);
    const cases = found.filter(({ _id, filing }) => _id === own || filing.at <= asOf);
    if (cases.some(({ _id, state }) => _id === own && state === 'moving')) throw new CaseUnderWay();
    const told = await Promise.all(
      cases.map(async (one) => ({
        ...one,
        words: await this.words.of(one._id),
        refusals: await this.transfers.refusalsOf(one._id),
        events: await this.events(one._id, one.version, session),
      })),
    );
    const ids = cases.map(({ _id }) => _id);
    const audit = await this.audit.upTo([student, ...ids], new Date(8.64e15), session);
    const papers = cases.flatMap(({ application }) =>
      application.papers.map(({ kind, digest }) => ({ name: kind, digest })),
    );
    return {
      data: { cases: told, audit },
      papers: [...new Map(papers.map((paper) => [paper.digest, paper])).values()],
      items:
        cases.length +
        papers.length +
        told.reduce((sum, { log, words }) => sum + log.length + words.length, 0) +
        audit.length,
      positions: cases.map(({ _id, version }) => ({ id: _id, seq: version })),
    };
  }

  private async events(id: string, version: number, session: ClientSession) {
    const rows = await this.store.outbox
      .find({ aggregateId: id, seq: { $lte: version } }, { session })
      .sort({ _id: 1 })
      .toArray();
    return rows.map(({ seq, type, data, effectiveOn, recordedAt, pack, rules }) => ({
      seq,
      type,
      data,
      effectiveOn,
      recordedAt,
      ...(pack && { pack }),
      ...(rules && { rules }),
    }));
  }
}
