/** What `promise` brings, or an error that says what did not come within `ms` milliseconds, and what is known then. */
export async function withDeadline<T>(
  promise: PromiseLike<T>,
  ms: number,
  what: string,
  known: () => string = () => '',
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Within ${ms} ms there was no ${what}${known()}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves as soon as `holds` says true, which is asked again and again: for what sends no event. */
export async function until(holds: () => boolean, ms: number, what: string): Promise<void> {
  const end = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`Within ${ms} ms there was no ${what}`);
    await new Promise(resolve => setTimeout(resolve, 2));
  }
}

/** The error that `promise` rejects with; fails when it resolves, or is late. */
export async function failureOf(promise: PromiseLike<unknown>, ms = 10_000): Promise<Error & Record<string, unknown>> {
  const outcome = await withDeadline(
    promise.then(
      value => ({ value }),
      (error: unknown) => ({ error }),
    ),
    ms,
    'rejection',
  );
  if ('error' in outcome) return outcome.error as Error & Record<string, unknown>;

  throw new Error(`Expected a rejection, got ${JSON.stringify(outcome.value)}`);
}
