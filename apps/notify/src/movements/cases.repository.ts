import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';

/** The two schools of an open case: the events that end it do not repeat them. */
interface Case {
  _id: string;
  schools: string[];
}

@Injectable()
export class Cases {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  private get cases() {
    return this.connection.collection<Case>('cases');
  }

  async open(session: ClientSession, id: string, schools: string[]): Promise<void> {
    await this.cases.replaceOne({ _id: id }, { schools: [...new Set(schools)] }, { upsert: true, session });
  }

  /** @returns its schools */
  async end(session: ClientSession, id: string): Promise<string[]> {
    const ended = await this.cases.findOneAndDelete({ _id: id }, { session });
    return ended?.schools ?? [];
  }
}
