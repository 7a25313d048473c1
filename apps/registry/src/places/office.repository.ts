import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { staleVersion } from '#libs/service-kit';
import { idsOn, Office } from './office';

/** The tree of offices. */
@Injectable()
export class OfficeRepository implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  get offices() {
    return this.connection.collection<Office>('offices');
  }

  async onModuleInit(): Promise<void> {
    await this.offices.createIndexes([{ key: { path: 1 }, name: 'path', unique: true }]);
  }

  find(id: string, session?: ClientSession): Promise<Office | null> {
    return this.offices.findOne({ _id: id }, { session });
  }

  findMany(ids: Iterable<string>, session?: ClientSession): Promise<Office[]> {
    const wanted = [...new Set(ids)];
    return wanted.length ? this.offices.find({ _id: { $in: wanted } }, { session }).toArray() : Promise.resolve([]);
  }

  /** The offices on a path, the one it ends in included, root first. */
  async on(path: string, session?: ClientSession): Promise<Office[]> {
    const found = await this.findMany(idsOn(path), session);
    return found.sort((a, b) => a.path.length - b.path.length);
  }

  /** The offices above one, root first. */
  async treeAbove(office: Pick<Office, '_id' | 'path'>, session?: ClientSession): Promise<Office[]> {
    return (await this.on(office.path, session)).filter((one) => one._id !== office._id);
  }

  async insert(session: ClientSession, offices: Office[]): Promise<void> {
    if (offices.length) await this.offices.insertMany(offices, { session });
  }

  /** @throws Refused `stale-version` */
  async save(session: ClientSession, office: Office): Promise<void> {
    const before = office.version - 1;
    const { matchedCount } = await this.offices.replaceOne({ _id: office._id, version: before }, office, { session });
    if (matchedCount !== 1) throw staleVersion(before, office.version);
  }
}
