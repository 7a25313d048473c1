import { ClientSession } from 'mongoose';
import { ReceivedEvent, registryEvents } from '#libs/contracts';
import { EventConsumer, On } from '#libs/messaging';
import { PlacesRepository } from './places.repository';

/** Keeps the copy of offices, classes and terms. */
@EventConsumer()
export class PlacesConsumer {
  constructor(private readonly places: PlacesRepository) {}

  @On(registryEvents.officeOpened)
  async officeOpened(event: ReceivedEvent<typeof registryEvents.officeOpened>, session: ClientSession): Promise<void> {
    const { kind, name, parent, path, line, school } = event.data;
    await this.places.offices.replaceOne(
      { _id: event.aggregateId },
      {
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
      },
      { upsert: true, session },
    );
  }

  @On(registryEvents.officeLineSet)
  async lineSet(event: ReceivedEvent<typeof registryEvents.officeLineSet>, session: ClientSession): Promise<void> {
    await this.places.offices.updateOne(
      { _id: event.aggregateId },
      { $push: { lines: { line: event.data.line, from: event.effectiveOn } }, $set: { version: event.seq } },
      { session },
    );
  }

  @On(registryEvents.classOpened)
  async classOpened(event: ReceivedEvent<typeof registryEvents.classOpened>, session: ClientSession): Promise<void> {
    const { school, path, stage, entryYear, name } = event.data;
    await this.places.classes.replaceOne(
      { _id: event.aggregateId },
      { school, path, stage, entryYear, name, version: event.seq },
      { upsert: true, session },
    );
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
