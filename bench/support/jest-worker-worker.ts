/** What a jest-worker calls, in a process or thread. */
export function echo(task: unknown): unknown {
  return task;
}
