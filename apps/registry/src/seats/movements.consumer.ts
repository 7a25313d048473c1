import { ClientSession } from 'mongoose';
import { placementEvents, ReceivedEvent, transferEvents } from '#libs/contracts';
import { EventConsumer, On } from '#libs/messaging';
import { KeepSeat } from './keep-seat';
import { PlaceStudents } from './place-students';

@EventConsumer()
export class MovementsConsumer {
  constructor(
    private readonly seats: KeepSeat,
    private readonly placements: PlaceStudents,
  ) {}

  @On(transferEvents.transferFiled)
  filed(event: ReceivedEvent<typeof transferEvents.transferFiled>, session: ClientSession): Promise<void> {
    return this.seats.hold(event, session);
  }

  @On(transferEvents.transferMoveAsked)
  moveAsked(event: ReceivedEvent<typeof transferEvents.transferMoveAsked>, session: ClientSession): Promise<void> {
    return this.seats.move(event, session);
  }

  @On(transferEvents.transferEnded)
  ended(event: ReceivedEvent<typeof transferEvents.transferEnded>, session: ClientSession): Promise<void> {
    return this.seats.release(event, session);
  }

  @On(placementEvents.placementFiled)
  placementFiled(event: ReceivedEvent<typeof placementEvents.placementFiled>, session: ClientSession): Promise<void> {
    return this.placements.hold(event, session);
  }

  @On(placementEvents.placementSeatsAsked)
  seatsAsked(event: ReceivedEvent<typeof placementEvents.placementSeatsAsked>, session: ClientSession): Promise<void> {
    return this.placements.place(event, session);
  }

  @On(placementEvents.placementEnded)
  placementEnded(event: ReceivedEvent<typeof placementEvents.placementEnded>, session: ClientSession): Promise<void> {
    return this.placements.release(event, session);
  }
}
