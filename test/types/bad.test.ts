import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { repository } from '../support/run-program.js';

interface CompileError {
  readonly file: string;
  readonly line: number;
  readonly code: string;
  /** The whole message of the compiler; of a comment, the part that helps. */
  readonly text: string;
}

const folder = new URL('test/types/bad/', repository);
const files = readdirSync(folder).filter(name => name.endsWith('.ts'));

/** Every `// error TS1234: …`, at the line of code it stands above. */
function expectedErrors(file: string): readonly CompileError[] {
  const lines = readFileSync(new URL(file, folder), 'utf8').split('\n');
  return lines.flatMap((comment, index) => {
    const [, code, text] = /^\s*\/\/ error (TS\d+): (.*)$/.exec(comment) ?? [];
    const below = lines.slice(index).findIndex(line => !line.trim().startsWith('//'));
    return code && text ? [{ file, line: index + below + 1, code, text }] : [];
  });
}

/** What the compiler has to say about the files, a message with its explanations in one piece. */
function actualErrors(): readonly CompileError[] {
  const pattern = /^\S*?([\w-]+\.ts)\((\d+),\d+\): error (TS\d+): ((?:.|\n(?= ))*)$/gm;
  return [...compile().matchAll(pattern)].map(([, file = '', line, code = '', text = '']) => {
    return { file, line: Number(line), code, text };
  });
}

function compile(): string {
  const require = createRequire(import.meta.url);
  const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
  try {
    execFileSync(process.execPath, [compiler, '-p', fileURLToPath(folder), '--pretty', 'false'], { encoding: 'utf8' });
  } catch (error) {
    // The compiler exits with 2 when there are errors, and prints them.
    if (error instanceof Error && 'stdout' in error) return String(error.stdout);
    throw error;
  }
  return '';
}

function place({ file, line, code }: CompileError): string {
  return `${file}:${line} ${code}`;
}

describe('wrong programs', function () {
  this.timeout(60_000);
  let actual: readonly CompileError[] = [];

  before(() => {
    actual = actualErrors();
  });

  for (const file of files) {
    describe(file, () => {
      it('has an error at each line that is wrong, and no other', () => {
        const found = actual.filter(error => error.file === file).map(place);

        expect(found).to.deep.equal(expectedErrors(file).map(place));
      });

      for (const expected of expectedErrors(file)) {
        it(`says at line ${expected.line}: ${expected.text}`, () => {
          const texts = actual.filter(error => place(error) === place(expected)).map(({ text }) => text);

          expect(texts.join('\n')).to.include(expected.text);
        });
      }
    });
  }
});
