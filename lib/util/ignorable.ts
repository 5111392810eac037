/** The promise itself, whose rejection nobody has to see: that is no crash. */
export function ignorable<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
