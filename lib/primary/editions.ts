import type { Group } from './groups.js';
import type { WorkerEnvironment } from './launcher.js';
import { scriptFile, type WorkerSettings } from './worker-settings.js';

/** What a reload changes of how workers are forked; what it leaves out stays as it is. */
export interface EditionChange {
  /** A URL, a `file:` string or a path, resolved once against the working directory. */
  readonly script?: URL | string | undefined;
  readonly args?: readonly string[] | undefined;
  /** Added to the environment; `undefined` removes a variable. */
  readonly env?: WorkerEnvironment | undefined;
}

/** The change as text, which is the same for changes that are. */
export function textOfChange({ script, args, env = {} }: EditionChange): string {
  const variables = Object.entries(env).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([script, args, variables]);
}

/** How the workers of one edition of a group are forked. */
export interface Edition {
  readonly settings: WorkerSettings;
  readonly env: WorkerEnvironment;
}

/**
 * How workers were, are and will be forked: every reload has a number, its edition, that its workers keep for life.
 *
 * An edition builds on the one that its group has when the first worker of it is forked: what a reload that failed had
 * changed is forgotten.
 */
export class Editions {
  readonly #changes = new Map<number, EditionChange & { readonly exec?: string | undefined }>();
  readonly #resolved = new Map<string, Edition>();
  /** The edition of each group whose reload succeeded. */
  readonly #current = new Map<string, number>();
  #latest = 0;

  /**
   * The number of a new edition.
   *
   * @throws {@link WorkerScriptNotFoundError} with code `CLUSTER_WORKER_SCRIPT_NOT_FOUND`
   */
  add({ script, args, env }: EditionChange): number {
    const exec = script === undefined ? undefined : scriptFile(script);
    this.#latest++;
    this.#changes.set(this.#latest, { exec, args, env });
    return this.#latest;
  }

  /** How workers of this edition are forked. */
  of(group: Group, number: number): Edition {
    const key = `${group.name} ${number}`;
    const edition = this.#resolved.get(key) ?? this.#resolve(group, number);
    this.#resolved.set(key, edition);
    return edition;
  }

  /** The group has this edition from now on. */
  adopt(group: Group, number: number): void {
    this.of(group, number);
    this.#current.set(group.name, number);
  }

  #resolve(group: Group, number: number): Edition {
    const change = this.#changes.get(number);
    if (!change) return { settings: group.settings, env: group.options.workerEnv };

    const { exec, args, env } = change;
    const before = this.of(group, this.#current.get(group.name) ?? 0);
    const { settings } = before;
    return Object.freeze({
      settings: Object.freeze({ ...settings, exec: exec ?? settings.exec, args: args ?? settings.args }),
      env: Object.freeze({ ...before.env, ...env }),
    });
  }
}
