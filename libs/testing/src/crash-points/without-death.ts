/** Preload, negative control: a consumer that cannot go on says nothing. */
import { EventBusServer } from '../../../messaging/src/event-bus.server';
import { replacing } from './replacing';

replacing(EventBusServer, 'die', () => () => undefined);
