/**
 * Runs every example that has an `expected.txt` and compares what it prints: `npm run examples [name…]`.
 *
 * TypeScript examples run compiled, examples with a `primary.js` as they stand in the source folder.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

/** An example that has not ended by then never will. In milliseconds. */
const deadline = 30_000;

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What became of one example; without complaints it did well. */
interface Outcome {
  readonly name: string;
  readonly duration: number;
  readonly complaints: readonly string[];
}

/** Everything that a process and the workers it forked have written, once all of them have closed their output. */
async function output(script: string): Promise<{ stdout: string; stderr: string; ending: string }> {
  // A process group of its own, so that an example that hangs is ended together with its workers.
  const child = spawn(process.execPath, [script], { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  let late = false;
  child.stdout.setEncoding('utf8').on('data', text => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', text => (stderr += text));
  const timer = setTimeout(() => {
    late = true;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, deadline);

  const [code, signal] = await new Promise<[number | null, string | null]>(resolve => {
    child.on('close', (...ending) => resolve(ending));
  });
  clearTimeout(timer);
  return {
    stdout,
    stderr,
    ending: late ? `did not end within ${deadline} ms` : `ended with ${signal ?? `code ${code}`}`,
  };
}

function difference(expected: string, actual: string): string[] {
  const wanted = expected.trimEnd().split('\n');
  const got = stripVTControlCharacters(actual).trimEnd().split('\n');
  const complaints: string[] = [];
  for (let line = 0; line < Math.max(wanted.length, got.length); line++) {
    if (wanted[line] === got[line]) continue;
    complaints.push(`line ${line + 1}: expected ${JSON.stringify(wanted[line])}, got ${JSON.stringify(got[line])}`);
  }
  return complaints;
}

async function runExample(name: string): Promise<Outcome> {
  const source = `examples/${name}/primary.js`;
  const script = existsSync(`${root}${source}`) ? source : `dist/${source}`;
  const started = performance.now();
  const { stdout, stderr, ending } = await output(script);

  const complaints = difference(await readFile(`${root}examples/${name}/expected.txt`, 'utf8'), stdout);
  if (ending !== 'ended with code 0') complaints.push(ending);
  if (stderr !== '') complaints.push(`wrote to stderr:\n${stderr.trimEnd()}`);
  return { name, duration: performance.now() - started, complaints };
}

async function names(): Promise<string[]> {
  const entries = await readdir(`${root}examples`);
  const examples = entries.filter(name => existsSync(`${root}examples/${name}/expected.txt`)).sort();
  const wanted = process.argv.slice(2);
  return wanted.length === 0 ? examples : examples.filter(name => wanted.some(word => name.includes(word)));
}

const outcomes: Outcome[] = [];
for (const name of await names()) {
  const outcome = await runExample(name);
  outcomes.push(outcome);
  console.log(`${outcome.complaints.length === 0 ? 'ok  ' : 'FAIL'} ${name} (${Math.round(outcome.duration)} ms)`);
  for (const complaint of outcome.complaints) console.log(complaint.replaceAll(/^/gm, '       '));
}

const failures = outcomes.filter(({ complaints }) => complaints.length > 0);
console.log(`${outcomes.length - failures.length} of ${outcomes.length} examples do what they say`);
process.exitCode = failures.length > 0 || outcomes.length === 0 ? 1 : 0;
