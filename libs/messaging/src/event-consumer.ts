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

/**
 * The method is the effect of an event here. It runs inside the transaction that also records the event as applied:
 * every write takes the session, nothing outside the store is touched, and it may run again after an abort.
 */
export const On =
  <E extends EventDefinition>(definition: E) =>
  <M extends (event: ReceivedEvent<E>, session: ClientSession) => Promise<void> | void>(
    target: object,
    key: string,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    (EventPattern(definition.type) as MethodDecorator)(target, key, descriptor);
    // Without these Nest passes the payload alone.
    Payload()(target, key, 0);
    Ctx()(target, key, 1);
  };
