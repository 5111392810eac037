/** A row of a table in `docs/events.md`. */
export interface EventRow {
  readonly name: string;
  /** The names of its data. */
  readonly data: readonly string[];
  readonly when: string;
  /** What prevention does; `undefined` for a fact. */
  readonly prevention: string | undefined;
}

function readRow(line: string): EventRow {
  const [, name = '', data = '', when = '', prevention = ''] = line.split('|').map(cell => cell.trim());
  const known = /^`(?<name>\w+)`$/.exec(name)?.groups?.name;
  if (known === undefined || prevention === '') throw new Error(`This row of docs/events.md cannot be read: ${line}`);

  return {
    name: known,
    data: data.match(/\w+/g) ?? [],
    when,
    prevention: prevention === 'a fact' ? undefined : prevention,
  };
}

/** The events that `docs/events.md` lists in the section of that class, in its order. */
export function readEventTable(markdown: string, className: string): EventRow[] {
  const [, section = ''] = markdown.split(`\n## ${className}\n`);
  const [own = ''] = section.split(/\n##+ /);
  const lines = own.split('\n').filter(line => line.startsWith('|'));
  // Two lines of heading: the titles, and the rule below them.
  return lines.slice(2).map(readRow);
}
