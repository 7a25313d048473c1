/** Preload: ends the program when the process that started it is gone, so that no run leaves anything behind. */
if (process.channel) {
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  // The channel alone must not keep a program alive that has shut down.
  process.channel.unref();
}

export {};
