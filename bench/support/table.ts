/** What is measured in columns, under a title. */
export interface Row {
  readonly title: string;
  readonly cells: readonly string[];
}

/** What a benchmark found out. */
export interface Table {
  readonly heading: string;
  /** The titles of the columns, and what the rows are about. */
  readonly columns: Row;
  readonly rows: readonly Row[];
  /** What else is to be said, a line each. */
  readonly notes?: readonly string[] | undefined;
}

/** What a program reads. */
export interface PrintedTable extends Table {
  /** The version of Node, as `v20.20.2`. */
  readonly node: string;
}

const leastTitleWidth = 50;
const leastCellWidth = 10;

/** Prints a table with the version of Node that it was made on; as JSON for a program that reads it. */
export function printTable(table: Table, { json = false }: { readonly json?: boolean | undefined } = {}): void {
  process.stdout.write(json ? asJson(table) : asText(table));
}

function asJson(table: Table): string {
  const printed: PrintedTable = { ...table, node: process.version };
  return JSON.stringify(printed);
}

function asText({ heading, columns, rows, notes = [] }: Table): string {
  const lines = [columns, ...rows];
  const titleWidth = Math.max(leastTitleWidth, ...lines.map(({ title }) => title.length));
  const cellWidth = Math.max(leastCellWidth, ...lines.flatMap(({ cells }) => cells.map(cell => cell.length + 2)));
  const text = lines.map(({ title, cells }) => {
    return title.padEnd(titleWidth) + cells.map(cell => cell.padStart(cellWidth)).join('');
  });
  return `Node ${process.version}, ${heading}\n\n${[...text, ...notes.map(note => `\n${note}`)].join('\n')}\n`;
}
