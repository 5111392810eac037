import { expect } from 'chai';
import { checkStorage, type FinalState, type Finding, type FindingKind } from './storage-checker.js';
import type { Story } from './story.js';

/** What is there in the end, by path. */
export type Final = Record<string, readonly [value: unknown, version: number]>;

/** What is found. */
export function check(story: Story, final: Final): Finding[] {
  const state: FinalState = new Map(
    Object.entries(final).map(([path, [value, version]]) => [path, { value, version }]),
  );
  return checkStorage(story.events, state);
}

/** Exactly one thing is wrong, and the operations of these processes show it. */
export function expectOne(kind: FindingKind, processes: readonly string[], story: Story, final: Final): void {
  const findings = check(story, final);
  expect(findings.map(each => `${each.kind}: ${each.message}`)).to.have.lengthOf(1);
  expect(findings[0]?.kind, findings[0]?.message).to.equal(kind);
  expect(findings[0]?.events.map(({ process }) => process)).to.include.members([...processes]);
}

/** Nothing is wrong. */
export function expectNothing(story: Story, final: Final): void {
  expect(check(story, final)).to.deep.equal([]);
}
