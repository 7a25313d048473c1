import { ClientSession } from 'mongoose';
import { ReceivedEvent, transferEvents } from '#libs/contracts';
import { EventConsumer, On } from '#libs/messaging';
import { KeepSeat } from './keep-seat';

@EventConsumer()
export class MovementsConsumer {
  constructor(private readonly seats: KeepSeat) {}

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
}
