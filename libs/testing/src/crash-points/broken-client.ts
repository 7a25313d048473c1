/** Preload: once armed, the Kafka client fails inside with what it holds to be beyond repair, as on a bug of its own. */
import { existsSync } from 'node:fs';
import Runner from 'kafkajs/src/consumer/runner';
import { replacing } from './replacing';

replacing(
  Runner,
  'fetch',
  (original) =>
    function (this: object, ...args) {
      const file = process.env.XUEJI_CRASH_FILE;
      if (file && existsSync(file)) throw new TypeError('a bug inside the client');
      return original.apply(this as never, args);
    },
);
