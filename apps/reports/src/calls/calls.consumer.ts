import { ClientSession } from 'mongoose';
import { attendanceEvents as attendance, type Leg, ReceivedEvent } from '#libs/contracts';
import { EventConsumer, OnMany } from '#libs/messaging';
import { CallsRepository } from './calls.repository';

/** Hears which classes were called, and which were not. */
@EventConsumer()
export class CallsConsumer {
  constructor(private readonly calls: CallsRepository) {}

  @OnMany(attendance.rollCallTaken)
  taken(events: ReceivedEvent<typeof attendance.rollCallTaken>[], session: ClientSession): Promise<void> {
    return this.calls.put(
      session,
      events.map(({ aggregateId, data }) => {
        const legs: Partial<Record<Leg, number>> = {};
        for (const { kind } of data.exceptions) legs[kind] = (legs[kind] ?? 0) + 1;
        const { school, path, day, onRoll, present } = data;
        return { _id: aggregateId, class: data.class, school, path, day, onRoll, present, legs };
      }),
    );
  }

  @OnMany(attendance.rollCallMissing)
  missing(events: ReceivedEvent<typeof attendance.rollCallMissing>[], session: ClientSession): Promise<void> {
    return this.calls.put(
      session,
      events.map(({ aggregateId, data: { class: own, school, path, day } }) => ({
        _id: aggregateId,
        class: own,
        school,
        path,
        day,
        missed: true as const,
      })),
    );
  }
}
