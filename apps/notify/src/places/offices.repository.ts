import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';

/** What is shown of an office: a copy built from the registry's events. */
interface Office {
  _id: string;
  name: string;
}

@Injectable()
export class Offices {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  private get offices() {
    return this.connection.collection<Office>('offices');
  }

  async put(session: ClientSession, offices: Office[]): Promise<void> {
    await this.offices.bulkWrite(
      offices.map(({ _id, name }) => ({ replaceOne: { filter: { _id }, replacement: { name }, upsert: true } })),
      { session },
    );
  }

  /** Names by id. One not heard of yet is shown by its id. */
  async names(ids: Iterable<string>): Promise<(id: string) => string> {
    const known = await this.offices.find({ _id: { $in: [...new Set(ids)] } }).toArray();
    const names = new Map(known.map(({ _id, name }) => [_id, name]));
    return (id) => names.get(id) ?? id;
  }
}
