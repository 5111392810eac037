import { IncomingRequest } from '../../lib/channel/incoming-request.js';

/** What a request was answered with. */
export type GivenAnswer = { readonly value: unknown } | { readonly error: unknown };

/** A request of the other side, and the list of its answers. */
export function incoming(body: unknown): { readonly request: IncomingRequest; readonly answers: GivenAnswer[] } {
  const answers: GivenAnswer[] = [];
  const answerer = {
    reply: (_: IncomingRequest, value: unknown) => void answers.push({ value }),
    fail: (_: IncomingRequest, error: unknown) => void answers.push({ error }),
  };
  return { request: new IncomingRequest(1, { body, handle: undefined }, answerer), answers };
}
