/** Preload, negative control: the relay takes what lies before the last id it saw as published. */
import { Relay } from '../../../messaging/src/relay';
import { OutboxRow } from '../../../messaging/src/store';
import { replacing } from './replacing';

let last = '';

replacing(
  Relay,
  'next',
  (original) =>
    async function (this: Relay, ...args) {
      const rows = (await original.apply(this as never, args)) as OutboxRow[];
      const fresh = rows.filter(({ _id }) => _id > last);
      for (const { _id } of fresh) if (_id > last) last = _id;
      return fresh;
    },
);
