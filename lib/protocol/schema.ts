import { MessageValidationError } from '../errors/errors.js';
import { optional, type Rule, record, recordOf } from '../util/check.js';
import type { Protocol, RequestSection, Section, TypeOf } from './protocol.js';
import type { StandardIssue, StandardResult, StandardSchema } from './standard-schema.js';

/** Schemas of a request: of what is asked, and of what is answered. */
export interface RequestSchemas {
  readonly payload?: StandardSchema | undefined;
  readonly reply?: StandardSchema | undefined;
}

/** Schemas by section and type; a request takes the schema of its payload, or one of each way. */
export type SchemaTable<P extends Protocol> = {
  readonly [S in Section]?: {
    readonly [T in TypeOf<P, S>]?: S extends RequestSection ? StandardSchema | RequestSchemas : StandardSchema;
  };
};

/** What is validated, for the error. */
export interface Validated {
  readonly section: Section;
  readonly type: string;
}

const schema: Rule = {
  expected: 'a Standard Schema',
  // Some schemas are functions.
  accepts: value =>
    (typeof value === 'function' || record.accepts(value)) && record.accepts(Reflect.get(Object(value), '~standard')),
};
const pair: Rule = {
  expected: 'an object with schemas `payload` and `reply`',
  accepts: value =>
    recordOf(optional(schema)).accepts(value) &&
    Object.keys(Object(value)).every(name => name === 'payload' || name === 'reply'),
};
const ofMessages = recordOf(optional(schema));
const ofRequests = recordOf(optional({ expected: '', accepts: value => schema.accepts(value) || pair.accepts(value) }));
const sections: Readonly<Record<Section, Rule>> = {
  workerMessage: ofMessages,
  primaryMessage: ofMessages,
  peerMessage: ofMessages,
  workerRequest: ofRequests,
  primaryRequest: ofRequests,
  peerRequest: ofRequests,
};

/** A {@link SchemaTable}: a misspelt section would validate nothing, and nobody would notice. */
export const schemaTable: Rule = {
  expected: 'an object of Standard Schemas by section and type',
  accepts: value =>
    record.accepts(value) &&
    Object.entries(Object(value)).every(
      ([name, table]) => Object.hasOwn(sections, name) && optional(sections[name as Section]).accepts(table),
    ),
};

/** Enough to see what is wrong; a hostile message could have millions. */
const mostIssues = 20;

/** The schemas of a request, whichever way they were given. */
export function requestSchemas(given: StandardSchema | RequestSchemas | undefined): RequestSchemas {
  if (given === undefined) return {};
  return isSchema(given) ? { payload: given } : given;
}

/**
 * The value as the schema gives it back: with defaults filled in, strings made dates, and so on.
 *
 * @throws {@link MessageValidationError} (`CLUSTER_MESSAGE_VALIDATION`) when it does not fit, or the schema is asynchronous.
 */
export function validate(schema: StandardSchema, value: unknown, { section, type }: Validated): unknown {
  const result = outcome(schema, value, { section, type });
  if (result.issues === undefined) return result.value;

  const issues = result.issues.slice(0, mostIssues).map(plain);
  const [first] = issues;
  const where = first === undefined || first.path.length === 0 ? '' : ` at \`${first.path.join('.')}\``;
  const message = `A \`${type}\` in \`${section}\` does not fit its schema${where}: ${first?.message ?? 'no reason given'}`;
  throw new MessageValidationError(message, { section, type, issues });
}

function outcome(schema: StandardSchema, value: unknown, { section, type }: Validated): StandardResult<unknown> {
  let result: StandardResult<unknown> | Promise<StandardResult<unknown>>;
  try {
    result = schema['~standard'].validate(value);
  } catch (cause) {
    const message = `The schema of \`${type}\` in \`${section}\` threw`;
    throw new MessageValidationError(message, { section, type, issues: [] }, { cause });
  }
  if (!(result instanceof Promise)) return result;

  result.catch(() => {});
  const message = `The schema of \`${type}\` in \`${section}\` is asynchronous: make it synchronous, or order could not be kept`;
  throw new MessageValidationError(message, { section, type, issues: [] });
}

function plain({ message, path = [] }: StandardIssue): { readonly message: string; readonly path: readonly string[] } {
  return { message, path: path.map(each => String(typeof each === 'object' ? each.key : each)) };
}

function isSchema(given: StandardSchema | RequestSchemas): given is StandardSchema {
  return '~standard' in given;
}
