/** What is measured in columns of numbers, under a title. */
export interface Row {
  readonly title: string;
  readonly cells: readonly string[];
}

const titleWidth = 50;
const cellWidth = 10;

/** Prints a table with the version of Node that it was made on. */
export function printTable(heading: string, columns: Row, rows: readonly Row[]): void {
  const lines = [columns, ...rows].map(({ title, cells }) => {
    return title.padEnd(titleWidth) + cells.map(cell => cell.padStart(cellWidth)).join('');
  });
  process.stdout.write(`Node ${process.version}, ${heading}\n\n${lines.join('\n')}\n`);
}
