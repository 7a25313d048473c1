import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { idsOn } from './office';
import { Term } from './term';

/** Terms, kept by the office that set them. */
@Injectable()
export class TermRepository implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  get terms() {
    return this.connection.collection<Term>('terms');
  }

  async onModuleInit(): Promise<void> {
    await this.terms.createIndexes([{ key: { office: 1, schoolYear: 1, term: 1 }, name: 'office' }]);
  }

  /** Terms of every office on the paths. */
  on(paths: string[], session?: ClientSession): Promise<Term[]> {
    const offices = [...new Set(paths.flatMap(idsOn))];
    return this.terms.find({ office: { $in: offices } }, { session }).toArray();
  }

  /** Puts new terms in and new versions in the place of old ones; the caller has checked the versions in this session. */
  async put(session: ClientSession, terms: Term[]): Promise<void> {
    if (terms.length === 0) return;
    await this.terms.bulkWrite(
      terms.map((term) => ({ replaceOne: { filter: { _id: term._id }, replacement: term, upsert: true } })),
      { session },
    );
  }
}
