/** Preload, negative control: a command acts each time it is sent. */
import { Once } from '../../../messaging/src/once';
import { replacing } from './replacing';

replacing(
  Once,
  'run',
  () =>
    (...args) =>
      (args[2] as () => unknown)(),
);
