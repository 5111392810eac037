/** Members that are each about a path, as a tree of segments: those above a path, at it and below it are found at once. */
export class PathNode<T> {
  readonly members = new Set<T>();
  readonly children = new Map<string, PathNode<T>>();

  /** Adds one whose path, from here, are the segments. */
  add(segments: readonly string[], member: T): void {
    let node: PathNode<T> = this;
    for (const segment of segments) node = node.#childFor(segment);
    node.members.add(member);
  }

  /** Removes one, and the nodes that only led to it; returns whether it was there. */
  delete(segments: readonly string[], member: T): boolean {
    const [segment, ...below] = segments;
    if (segment === undefined) return this.members.delete(member);

    const child = this.children.get(segment);
    if (child === undefined) return false;

    const deleted = child.delete(below, member);
    if (child.members.size === 0 && child.children.size === 0) this.children.delete(segment);
    return deleted;
  }

  #childFor(segment: string): PathNode<T> {
    let child = this.children.get(segment);
    if (child === undefined) {
      child = new PathNode<T>();
      this.children.set(segment, child);
    }
    return child;
  }
}
