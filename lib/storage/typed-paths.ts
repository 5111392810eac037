import type { PathInput } from './storage-path.js';

/** Storage of which nothing is known: any path, any value. For scripts, and for people coming from JavaScript. */
// biome-ignore lint/suspicious/noExplicitAny: the default is untyped on purpose, as `AnyProtocol` is.
export type AnyStorage = any;

/** Every path of `T`, in dot notation or as an array. */
export type PathOf<T> = T extends object ? PathInput : PathInput;

/** What is at a path of `T`. */
// biome-ignore lint/suspicious/noExplicitAny: to be done
export type ValueAt<T, Q> = T extends Q ? any : any;

/** The names of what is in an object. */
export type KeyOf<V> = V extends object ? string : string;
