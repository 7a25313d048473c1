/** Preload, negative control: an event that cannot be applied is passed over. */
import { Inbox } from '../../../messaging/src/inbox';
import { replacing } from './replacing';

replacing(
  Inbox,
  'park',
  () =>
    function (...args) {
      const [row, arrival] = args as [{ seq: number }, { seq: number }];
      row.seq = arrival.seq;
    },
);
