import { Owner } from '#libs/contracts';

export const MESSAGING = Symbol('messaging options');

export interface MessagingOptions {
  /** The service that runs this; its events go to its own topic. */
  owner: Owner;
  /** Owners whose events this service hears. */
  consumes: Owner[];
  /** What to do with an event type that this build has no definition for. Default `park`: nothing is dropped in silence. */
  unknownTypes?: 'park' | 'skip';
}
