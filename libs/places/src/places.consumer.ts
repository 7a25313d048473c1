import { ClientSession } from 'mongoose';
import { ReceivedEvent, registryEvents } from '#libs/contracts';
import { EventConsumer, On, OnMany } from '#libs/messaging';
import type { SchoolClass } from './class';
import type { Office } from './office';
import { PlacesRepository } from './places.repository';

/** Keeps the copy of offices, classes and terms. */
@EventConsumer()
export class PlacesConsumer {
  constructor(private readonly places: PlacesRepository) {}

  @OnMany(registryEvents.officeOpened)
  async officesOpened(
    events: ReceivedEvent<typeof registryEvents.officeOpened>[],
    session: ClientSession,
  ): Promise<void> {
    const put = events.map((event) => replaced(event.aggregateId, openedOffice(event)));
    await this.places.offices.bulkWrite(put, { session });
  }

  @On(registryEvents.officeLineSet)
  async lineSet(event: ReceivedEvent<typeof registryEvents.officeLineSet>, session: ClientSession): Promise<void> {
    await this.places.offices.updateOne(
      { _id: event.aggregateId },
      { $push: { lines: { line: event.data.line, from: event.effectiveOn } }, $set: { version: event.seq } },
      { session },
    );
  }

  @OnMany(registryEvents.classOpened)
  async classesOpened(
    events: ReceivedEvent<typeof registryEvents.classOpened>[],
    session: ClientSession,
  ): Promise<void> {
    const put = events.map(({ aggregateId, seq, data: { school, path, stage, entryYear, name } }) =>
      replaced<SchoolClass>(aggregateId, { school, path, stage, entryYear, name, version: seq }),
    );
    await this.places.classes.bulkWrite(put, { session });
  }

  @On(registryEvents.termSet)
  async termSet(event: ReceivedEvent<typeof registryEvents.termSet>, session: ClientSession): Promise<void> {
    const { office, schoolYear, term, firstDay, lastDay, closed = [], makeUp = [] } = event.data;
    await this.places.terms.replaceOne(
      { _id: event.aggregateId },
      { office, schoolYear, term, firstDay, lastDay, closed, makeUp, version: event.seq },
      { upsert: true, session },
    );
  }
}

const replaced = <T extends { _id: string }>(_id: string, replacement: Omit<T, '_id'>) => ({
  replaceOne: { filter: { _id }, replacement, upsert: true },
});

const openedOffice = (event: ReceivedEvent<typeof registryEvents.officeOpened>): Omit<Office, '_id'> => {
  const { kind, name, parent, path, line, school } = event.data;
  return {
    kind,
    name,
    path,
    lines: line === undefined ? [] : [{ line, from: event.effectiveOn }],
    ...(parent !== undefined && { parent }),
    ...(school && {
      school: {
        type: school.type,
        stages: school.stages,
        managedBy: school.managedBy,
        ...(school.grade !== undefined && { grade: school.grade }),
      },
    }),
    version: event.seq,
  };
};
