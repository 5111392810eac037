/** The exceptions that nobody caught while `act` ran, and until everything it led to was over. */
export async function uncaught(act: () => unknown): Promise<unknown[]> {
  const listeners = process.listeners('uncaughtException');
  const caught: unknown[] = [];
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', reason => caught.push(reason));
  try {
    await act();
    await new Promise(resolve => setImmediate(resolve));
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', listener);
  }
  return caught;
}
