/** Preload: dies in the middle of the transaction of an event, when its effect was written and its progress not. */
import { Inbox } from '../../../messaging/src/inbox';
import { dieIfArmed } from './arming';
import { replacing } from './replacing';

replacing(
  Inbox,
  'save',
  (original) =>
    function (this: Inbox, ...args) {
      dieIfArmed(['inbox']);
      return original.apply(this as never, args);
    },
);
