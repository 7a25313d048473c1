import { applyDecorators, ArgumentsHost, Catch, Controller, RpcExceptionFilter, UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { ClientSession } from 'mongoose';
import { Observable, throwError } from 'rxjs';
import { EventDefinition, ReceivedEvent } from '#libs/contracts';

/** Hands the real error on. Nest's own filter would turn it into a nameless object, and nobody could tell poison from outage. */
@Catch()
class HandOn implements RpcExceptionFilter {
  catch(error: unknown, _host: ArgumentsHost): Observable<never> {
    return throwError(() => error);
  }
}

/** A class whose methods hear events (`@On`). */
export const EventConsumer = (): ClassDecorator => applyDecorators(Controller(), UseFilters(new HandOn()));

type Effect<D> = (data: D, session: ClientSession) => Promise<void> | void;

const effectOf =
  <D>(type: string, extras: Record<string, unknown>) =>
  <M extends Effect<D>>(target: object, key: string, descriptor: TypedPropertyDescriptor<M>): void => {
    (EventPattern(type, extras) as MethodDecorator)(target, key, descriptor);
    // Without these Nest passes the payload alone.
    Payload()(target, key, 0);
    Ctx()(target, key, 1);
  };

/**
 * The method is the effect of an event here. It runs inside the transaction that also records the event as applied:
 * every write takes the session, nothing outside the store is touched, and it may run again after an abort.
 */
export const On = <E extends EventDefinition>(definition: E) => effectOf<ReceivedEvent<E>>(definition.type, {});

/**
 * As `On`, for events that come in crowds: the method gets those that came in a row, at least one, in order, each
 * aggregate's in sequence, and can write them by one bulk instead of one by one. If it throws, they come singly.
 */
export const OnMany = <E extends EventDefinition>(definition: E) =>
  effectOf<ReceivedEvent<E>[]>(definition.type, { many: true });
