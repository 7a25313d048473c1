import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { ReceivedEvent, registryEvents } from '#libs/contracts';
import { Clock } from '#libs/service-kit';
import { Law } from '../law/law';
import { stepClock } from './clocks';
import { answered, Counts, Entrant } from './placement';
import { bySystem, PlacementRepository } from './placement.repository';

type Held = ReceivedEvent<typeof registryEvents.studentHeld>;
type Refused = ReceivedEvent<typeof registryEvents.studentHoldRefused>;
type Placed = ReceivedEvent<typeof registryEvents.studentPlaced>;

/**
 * The registry's answers, which come in crowds: noted by one bulk, and each case is moved on once. An answer that comes
 * twice, late or for another kind of case changes nothing.
 */
@Injectable()
export class HearPlacement {
  constructor(
    private readonly placements: PlacementRepository,
    private readonly law: Law,
    private readonly clock: Clock,
  ) {}

  held(events: Held[], session: ClientSession): Promise<void> {
    return this.apply(
      events.map(({ aggregateId: student, data }) => ({ case: data.case, student, state: 'held' as const })),
      ['asked'],
      session,
    );
  }

  refused(events: Refused[], session: ClientSession): Promise<void> {
    return this.apply(
      events.map(({ aggregateId: student, data, rules }) => ({
        case: data.case,
        student,
        state: 'refused' as const,
        code: data.code,
        ...(rules && { rules }),
      })),
      ['asked', 'held'],
      session,
    );
  }

  placed(events: Placed[], session: ClientSession): Promise<void> {
    return this.apply(
      events.map(({ aggregateId: student, data }) => ({ case: data.case, student, state: 'placed' as const })),
      ['held'],
      session,
    );
  }

  private async apply(
    answers: Pick<Entrant, 'case' | 'student' | 'state' | 'code' | 'rules'>[],
    from: Entrant['state'][],
    session: ClientSession,
  ): Promise<void> {
    const cases = await this.placements.findMany([...new Set(answers.map((one) => one.case))], session);
    const known = new Set(cases.map(({ _id }) => _id));
    const ours = answers.filter((one) => known.has(one.case));
    if (ours.length === 0) return;
    const counts = await this.placements.answer(session, from, ours);
    for (const placement of cases) {
      const after: Counts | undefined = counts.get(placement._id);
      if (!after || placement.state === 'completed' || placement.state === 'ended') continue;
      const clock = stepClock(this.law.policy, this.law.calendar);
      const change = answered(placement, after, clock, { on: this.clock.today(), at: this.clock.now() });
      await this.placements.save(session, change, bySystem('answered'));
    }
  }
}
