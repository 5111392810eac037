import { styleText } from './style.js';

/** Something that must be true for the run to count as good, said as a sentence. */
export interface Check {
  readonly claim: string;
  readonly holds: boolean;
}

/** The checks, and one line of facts per row, for people to read. */
export interface Report {
  readonly rows: readonly (readonly [label: string, fact: string])[];
  readonly checks: readonly Check[];
}

/** The reports of several parts as one. */
export function joined(parts: readonly Report[]): Report {
  return { rows: parts.flatMap(({ rows }) => rows), checks: parts.flatMap(({ checks }) => checks) };
}

/** Whole numbers with thousands separated. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** The report as text; every check is named, whether it holds or not. */
export function formatReport({ rows, checks }: Report): string {
  const width = Math.max(...rows.map(([label]) => label.length));
  const facts = rows.map(([label, fact]) => `  ${styleText('dim', label.padEnd(width))}  ${fact}`);
  const verdicts = checks.map(
    ({ claim, holds }) => `  ${holds ? styleText('green', 'ok  ') : styleText('red', 'FAIL')}  ${claim}`,
  );
  return ['', ...facts, '', ...verdicts, ''].join('\n');
}
