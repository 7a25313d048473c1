/** Preload, negative control: an event that cannot be applied is tried for ever, and its partition waits behind it. */
import { Inbox } from '../../../messaging/src/inbox';
import { replacing } from './replacing';

replacing(
  Inbox,
  'alone',
  () =>
    async function (this: Inbox, ...args) {
      const [arrival, , pulse, healing] = args as [never, unknown, never, never];
      await new Promise((resolve) => setTimeout(resolve, 100));
      return this.settle([arrival], pulse, healing);
    },
);
