/**
 * Makes the tables of messages and of pools for the README, a column for each Node. On an idle machine, about 3 minutes a Node.
 *
 * With `--write` they replace what stands between `<!-- bench:messages -->` and `<!-- /bench:messages -->`, or `bench:pools`.
 *
 * Run: npm run build && node dist/bench/readme.js [--nodes path,path] [--rounds 5] [--write]
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { markdownTable, replaceBetween } from './support/markdown.js';
import type { PrintedTable } from './support/table.js';

/** A benchmark, and which of its cells the README shows, by the title they get there. */
interface Chapter {
  readonly name: string;
  readonly cells: readonly (readonly [title: string, index: number])[];
}

const chapters: readonly Chapter[] = [
  {
    name: 'messages',
    cells: [
      ['x raw', 2],
      ['CPU x raw', 5],
    ],
  },
  {
    name: 'pools',
    cells: [
      ['64 in flight, x raw', 1],
      ['1, x raw', 3],
      ['1000, x raw', 5],
    ],
  },
];
const readme = new URL('../../README.md', import.meta.url);
const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: process.execPath },
    rounds: { type: 'string', default: '5' },
    write: { type: 'boolean', default: false },
  },
});

for (const chapter of chapters) {
  const text = write(
    chapter,
    values.nodes.split(',').map(node => measure(chapter.name, node)),
  );
  process.stdout.write(`<!-- bench:${chapter.name} -->\n\n${text}\n\n<!-- /bench:${chapter.name} -->\n\n`);
  if (values.write) replace(chapter.name, text);
}

function measure(name: string, node: string): PrintedTable {
  process.stderr.write(`${name} by ${node}\n`);
  const script = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  const output = execFileSync(node, [script, '--json', '--rounds', values.rounds], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output);
}

/** The rows are in the order of the first table. */
function write({ cells }: Chapter, tables: readonly PrintedTable[]): string {
  const [first] = tables;
  const columns = cells.flatMap(([title]) => tables.map(({ node }) => `${title}, Node ${majorOf(node)}`));
  const rows = first?.rows.map(({ title }) => {
    return [title, ...cells.flatMap(([, index]) => tables.map(table => cellOf(table, title, index)))];
  });
  const notes = tables.flatMap(({ node, notes = [] }) => notes.map(note => `Node ${majorOf(node)}: ${note}.`));
  return [markdownTable([first?.columns.title ?? '', ...columns], rows ?? []), ...notes].join('\n\n');
}

function cellOf({ rows }: PrintedTable, title: string, index: number): string {
  return rows.find(row => row.title === title)?.cells[index] ?? '';
}

function majorOf(version: string): string {
  return version.replace(/^v(\d+).*/, '$1');
}

function replace(name: string, text: string): void {
  const replaced = replaceBetween(readFileSync(readme, 'utf8'), `bench:${name}`, text);
  if (replaced === undefined) process.stderr.write(`The README has no place for bench:${name}\n`);
  else writeFileSync(readme, replaced);
}
