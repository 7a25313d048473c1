import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { SchoolClass } from './class';
import { idsOn, Office, OfficeTree } from './office';
import { Term, termAt } from './term';

/** Offices, classes and terms as the registry has told of them. */
@Injectable()
export class PlacesRepository implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  get offices() {
    return this.connection.collection<Office>('offices');
  }

  get classes() {
    return this.connection.collection<SchoolClass>('classes');
  }

  get terms() {
    return this.connection.collection<Term>('terms');
  }

  async onModuleInit(): Promise<void> {
    await this.terms.createIndexes([{ key: { office: 1, firstDay: 1 }, name: 'office' }]);
  }

  office(id: string, session?: ClientSession): Promise<Office | null> {
    return this.offices.findOne({ _id: id }, { session });
  }

  class(id: string, session?: ClientSession): Promise<SchoolClass | null> {
    return this.classes.findOne({ _id: id }, { session });
  }

  /** The schools with everybody above them, and who manages them. What is not heard of yet is not in it. */
  async treeOver(schools: readonly Office[], session?: ClientSession): Promise<OfficeTree> {
    const ids = schools.flatMap(({ path, school }) => [...idsOn(path), ...(school ? [school.managedBy] : [])]);
    const found = await this.offices.find({ _id: { $in: [...new Set(ids)] } }, { session }).toArray();
    return new Map(found.map((office) => [office._id, office]));
  }

  /** The last term that has begun at a school by a day. */
  async termAt(path: string, on: string, session?: ClientSession): Promise<Term | undefined> {
    return termAt(path, on, await this.termsOver(path, session));
  }

  /** Terms of every office on the path: what `schoolDay` of the law asks for. */
  termsOver(path: string, session?: ClientSession): Promise<Term[]> {
    return this.terms.find({ office: { $in: idsOn(path) } }, { session }).toArray();
  }

  /** Names for display, by id. */
  async names(ids: readonly string[]): Promise<Map<string, string>> {
    const found = await this.offices.find({ _id: { $in: [...ids] } }, { projection: { name: 1 } }).toArray();
    return new Map(found.map(({ _id, name }) => [_id, name]));
  }
}
