/** The task of a piscina pool. */
export default function echo(task: unknown): unknown {
  return task;
}
