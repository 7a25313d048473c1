/**
 * Events between services: written with the change they report, published in order, applied once. Carries no requests
 * and no personal data; nobody else touches the Kafka client.
 */
export { EventBusServer } from './event-bus.server';
export { EventConsumer, On, OnMany } from './event-consumer';
export { MessagingModule } from './messaging.module';
export { type MessagingOptions } from './options';
export { type ServiceIdentity } from './journal.client';
export { digestOf, Once, type CommandKey } from './once';
export { Outbox } from './outbox';
export { Parking, type Healed, type ParkedKey } from './parking';
export { MessagingPromises, type Heard, type JournalSlice } from './promises';
export { Relay } from './relay';
export { MessagingStatus, type MessagingFigures } from './status';
export { durably, MessagingStore } from './store';
