/** The worker of `bench/start.ts` by hand. It stays until it is killed, as its listener keeps the channel open. */
process.on('message', () => {});
process.send?.({ type: 'ready' });
