/** Preload, negative control: an event that was applied is applied again. */
import { Inbox, Verdict } from '../../../messaging/src/inbox';
import { replacing } from './replacing';

replacing(
  Inbox,
  'verdictOn',
  (original) =>
    function (this: Inbox, ...args) {
      const verdict = original.apply(this as never, args) as Verdict;
      return verdict === 'duplicate' ? 'apply' : verdict;
    },
);
