/** Preload, negative control: effect and progress are written one after another, outside any transaction. */
import { Inbox } from '../../../messaging/src/inbox';
import { MessagingStore } from '../../../messaging/src/store';
import { replacing } from './replacing';

replacing(
  Inbox,
  'together',
  (original) =>
    async function (this: Inbox, ...args) {
      const { store } = this as unknown as { store: MessagingStore };
      const session = await store.connection.startSession();
      const loose = Object.create(store, {
        transaction: { value: (act: (s: unknown) => unknown) => act(session) },
      }) as object;
      try {
        return await original.apply(Object.create(this, { store: { value: loose } }) as never, args);
      } finally {
        await session.endSession();
      }
    },
);
