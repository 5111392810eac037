import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import {
  findCycles,
  findEagerImports,
  findLayerViolations,
  findLongFiles,
  findShortcuts,
  findStrayImports,
  findStrayTime,
  findUntested,
  findVagueExports,
  isTypesOnly,
  type Sources,
} from './support/architecture.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Files of `lib/` whose test has another name than theirs, with the reason. */
const testedElsewhere = new Map([
  // The entry points only name what others export; that the names can be imported is tested on the packed package.
  ['index.ts', 'package/package.test.ts'],
  ['worker.ts', 'package/package.test.ts'],
  ['lmdb.ts', 'package/package.test.ts'],
]);

async function readTree(folder: string): Promise<Sources> {
  const entries = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile() && entry.name.endsWith('.ts'));
  const read = files.map(async ({ parentPath, name }) => {
    const file = path.join(parentPath, name);
    const key = path.relative(path.join(root, folder), file).replaceAll(path.sep, '/');
    return [key, await readFile(file, 'utf8')] as const;
  });
  return new Map(await Promise.all(read));
}

function files(sources: Record<string, string>): Sources {
  return new Map(Object.entries(sources));
}

describe('the architecture of lib/', () => {
  let sources: Sources = new Map();
  let tests: ReadonlySet<string> = new Set();

  before(async () => {
    sources = await readTree('lib');
    tests = new Set((await readTree('test')).keys());
  });

  it('is read from the sources', () => {
    expect([...sources.keys()]).to.include.members(['index.ts', 'util/clock.ts', 'errors/errors.ts']);
  });

  it('imports in one direction only', () => expect(findLayerViolations(sources)).to.deep.equal([]));

  it('has no circular imports', () => expect(findCycles(sources)).to.deep.equal([]));

  it('keeps node:cluster, timers, the event emitter and optional peers where they belong', () => {
    expect(findStrayImports(sources)).to.deep.equal([]);
  });

  it('loads parts of Node when it needs them', () => expect(findEagerImports(sources)).to.deep.equal([]));

  it('takes the time from a clock', () => expect(findStrayTime(sources)).to.deep.equal([]));

  it('has no file over 300 lines', () => expect(findLongFiles(sources)).to.deep.equal([]));

  it('has a test for every file', () => expect(findUntested(sources, tests, testedElsewhere)).to.deep.equal([]));

  it('exports explicit names', () => {
    for (const entry of ['index.ts', 'worker.ts', 'lmdb.ts']) {
      expect(findVagueExports(sources.get(entry) ?? ''), entry).to.deep.equal([]);
    }
  });

  it('takes no shortcuts', () => expect(findShortcuts(sources)).to.deep.equal([]));
});

describe('findLayerViolations', () => {
  it('refuses an import from a later layer', () => {
    const sources = files({ 'util/a.ts': `import { b } from '../pubsub/b.js';`, 'pubsub/b.ts': '' });

    expect(findLayerViolations(sources)).to.deep.equal(['util/a.ts imports pubsub/b.ts, which is in a later layer']);
  });

  it('refuses a later layer in a type, a re-export, a bare import and a dynamic import', () => {
    const forms = [
      `import type { B } from '../pubsub/b.js';`,
      `export { b } from '../pubsub/b.js';`,
      `export * from '../pubsub/b.js';`,
      `import '../pubsub/b.js';`,
      `const b = await import('../pubsub/b.js');`,
      `import {\n  a,\n  b,\n} from '../pubsub/b.js';`,
    ];
    for (const form of forms) {
      expect(findLayerViolations(files({ 'util/a.ts': form, 'pubsub/b.ts': '' })), form).to.have.lengthOf(1);
    }
  });

  it('keeps the primary and the worker apart', () => {
    const sources = files({
      'primary/a.ts': `import { b } from '../worker/b.js';`,
      'worker/b.ts': `import { c } from '../primary/c.js';`,
      'primary/c.ts': '',
    });

    expect(findLayerViolations(sources)).to.deep.equal([
      `primary/a.ts imports worker/b.ts, its layer's twin`,
      `worker/b.ts imports primary/c.ts, its layer's twin`,
    ]);
  });

  it('refuses a folder that is no layer', () => {
    expect(findLayerViolations(files({ 'helpers/a.ts': '' }))).to.deep.equal([
      'helpers/a.ts is in a folder that is no layer',
    ]);
  });

  it('accepts earlier layers, its own folder, and everything in the root', () => {
    const sources = files({
      'index.ts': `export { a } from './worker/a.js';\nexport { b } from './util/b.js';`,
      'worker/a.ts': `import { b } from '../util/b.js';\nimport { c } from './c.js';`,
      'worker/c.ts': '',
      'util/b.ts': `// import { a } from '../worker/a.js';\nconst text = "import { a } from '../worker/a.js'";`,
    });

    expect(findLayerViolations(sources)).to.deep.equal([]);
  });
});

describe('findCycles', () => {
  it('finds a circle over three files once', () => {
    const sources = files({
      'util/a.ts': `import { b } from './b.js';`,
      'util/b.ts': `import { c } from './c.js';`,
      'util/c.ts': `import type { A } from './a.js';`,
    });

    expect(findCycles(sources)).to.deep.equal(['util/a.ts -> util/b.ts -> util/c.ts -> util/a.ts']);
  });

  it('takes a file that is imported twice for no circle', () => {
    const sources = files({
      'util/a.ts': `import { b } from './b.js';\nimport { c } from './c.js';`,
      'util/b.ts': `import { c } from './c.js';`,
      'util/c.ts': '',
    });

    expect(findCycles(sources)).to.deep.equal([]);
  });
});

describe('findStrayImports', () => {
  it('refuses node:cluster, timers and the event emitter outside their homes', () => {
    for (const name of ['node:cluster', 'cluster', 'node:timers', 'node:timers/promises', 'eventemitter3', 'lmdb']) {
      const sources = files({ 'supervision/a.ts': `import { x } from '${name}';` });

      expect(findStrayImports(sources), name).to.deep.equal([
        `supervision/a.ts imports ${name}, whose home is elsewhere`,
      ]);
    }
  });

  it('accepts them at home, and their types anywhere', () => {
    const sources = files({
      'pubsub/dispatcher.ts': `import { EventEmitter } from 'eventemitter3';`,
      'primary/launcher.ts': `import cluster from 'node:cluster';`,
      'primary/options.ts': `import type { ClusterSettings } from 'node:cluster';\nimport path from 'node:path';`,
      'worker/environment.ts': `import cluster from 'node:cluster';`,
    });

    expect(findStrayImports(sources)).to.deep.equal([]);
  });

  it('accepts node:cluster in one file of each side only', () => {
    for (const side of ['primary', 'worker']) {
      const sources = files({ [`${side}/a.ts`]: `import 'node:cluster';`, [`${side}/b.ts`]: `import 'node:cluster';` });

      expect(findStrayImports(sources)).to.deep.equal([`${side}/a.ts, ${side}/b.ts all import node:cluster`]);
    }
  });

  it('refuses a package that is no dependency', () => {
    const sources = files({ 'util/a.ts': `import { debounce } from 'lodash';` });

    expect(findStrayImports(sources)).to.deep.equal(['util/a.ts imports lodash, which is no dependency']);
  });
});

describe('findEagerImports', () => {
  it('refuses a statement that imports a part of Node', () => {
    for (const statement of [`import { inspect } from 'node:util';`, `import fs from 'fs';`]) {
      expect(findEagerImports(files({ 'util/a.ts': statement })), statement).to.have.lengthOf(1);
    }
  });

  it('accepts types, packages, and parts that are asked for', () => {
    const source = `import type { Worker } from 'node:cluster';
      import { EventEmitter } from 'eventemitter3';
      import { b } from './b.js';
      const { inspect } = process.getBuiltinModule('node:util');`;

    expect(findEagerImports(files({ 'util/a.ts': source }))).to.deep.equal([]);
  });
});

describe('findStrayTime', () => {
  it('refuses timers and dates outside the clock', () => {
    const uses = [
      'setTimeout(f, 1)',
      'setInterval(f)',
      'setImmediate(f)',
      'Date.now()',
      'new Date()',
      'performance.now()',
    ];
    for (const use of uses)
      expect(findStrayTime(files({ 'channel/a.ts': `const x = ${use};` })), use).to.have.lengthOf(1);
  });

  it('accepts them in the clock, in comments and in strings', () => {
    const sources = files({
      'util/clock.ts': 'setTimeout(f, 1);',
      'channel/a.ts': `// setTimeout\n/* Date.now */\nconst text = 'new Date' + \`Date.now() \${1}\`;\nclearTimeout;`,
    });

    expect(findStrayTime(sources)).to.deep.equal([]);
  });

  it('looks into the expressions of a template, and behind quotes in regular expressions', () => {
    const inTemplate = files({ 'channel/a.ts': `const x = \`\${{ at: Date.now() }.at} \${\`\${1}\`}\`;` });
    const behindExpression = files({ 'channel/a.ts': `const x = /['"\`]/.test(y);\nsetTimeout(f);` });

    expect(findStrayTime(inTemplate)).to.have.lengthOf(1);
    expect(findStrayTime(behindExpression)).to.have.lengthOf(1);
  });
});

describe('findLongFiles', () => {
  it('accepts 300 lines and refuses 301', () => {
    expect(findLongFiles(files({ 'util/a.ts': 'x;\n'.repeat(300) }))).to.deep.equal([]);
    expect(findLongFiles(files({ 'util/a.ts': 'x;\n'.repeat(301) }))).to.deep.equal(['util/a.ts has 301 lines']);
  });
});

describe('findUntested', () => {
  const none = new Map<string, string>();

  it('misses a mirror', () => {
    const sources = files({ 'util/a.ts': 'export const a = 1;', 'util/b.ts': 'export class B {}' });

    expect(findUntested(sources, new Set(['util/a.test.ts']), none)).to.deep.equal([
      'util/b.ts has no test/util/b.test.ts',
    ]);
  });

  it('wants no test of types', () => {
    const source = `import type { X } from './x.js';\n\nexport type { X };\nexport interface A {\n  readonly x: X;\n}\n`;

    expect(isTypesOnly(source)).to.equal(true);
    expect(findUntested(files({ 'util/a.ts': source }), new Set(), none)).to.deep.equal([]);
  });

  it('wants the test that an exemption names', () => {
    const sources = files({ 'index.ts': `export { a } from './util/a.js';` });
    const exempt = new Map([['index.ts', 'package/package.test.ts']]);

    expect(findUntested(sources, new Set(), exempt)).to.deep.equal(['index.ts has no test/package/package.test.ts']);
    expect(findUntested(sources, new Set(['package/package.test.ts']), exempt)).to.deep.equal([]);
  });
});

describe('findVagueExports', () => {
  it('accepts names, with types apart', () => {
    const index = `/** The library. */\nexport { A, B } from './a.js';\nexport type { C } from './a.js';\nexport {\n  D,\n  E,\n} from './d.js';\n`;

    expect(findVagueExports(index)).to.deep.equal([]);
  });

  it('refuses stars, mixed exports and code', () => {
    expect(findVagueExports(`export * from './a.js';`)).to.include('index.ts exports everything of a file');
    expect(findVagueExports(`export { A, type B } from './a.js';`)).to.include(
      'index.ts mixes types and values in one export',
    );
    expect(findVagueExports(`export const a = 1;`)).to.deep.equal(['index.ts does more than to export names']);
    expect(findVagueExports(`start();`)).to.deep.equal(['index.ts does more than to export names']);
  });
});

describe('findShortcuts', () => {
  const complaintsAbout = (line: string) => findShortcuts(files({ 'util/a.ts': line }));

  it('refuses any, casts through unknown, console, enums and things left to do', () => {
    const shortcuts = [
      'let x: any;',
      'const x = y as any;',
      'type X = Record<string, any>;',
      'const x = y as unknown as Z;',
      'console.log(1);',
      'export default class X {}',
      'export enum X {}',
      'namespace X {}',
      `// ${'TO'}DO: later`,
    ];
    for (const line of shortcuts) expect(complaintsAbout(line), line).to.have.lengthOf(1);
  });

  it('accepts any and casts that give a reason', () => {
    expect(complaintsAbout('// Anything goes here: the default protocol is untyped.\ntype X = Record<string, any>;')).to
      .be.empty;
    expect(complaintsAbout('const x = y as unknown as Z; // Node types it wrongly')).to.be.empty;
  });

  it('accepts words that only look alike', () => {
    const innocent = [
      'const signal = AbortSignal.any([a, b]);',
      'const anything = many;',
      `const text = 'as any console.log';`,
      '/** For any message; `console.log` it. */',
    ];
    for (const line of innocent) expect(complaintsAbout(line), line).to.deep.equal([]);
  });

  it('refuses names that are not in kebab-case', () => {
    expect(findShortcuts(files({ 'util/myClock.ts': '' }))).to.deep.equal([
      'util/myClock.ts is not named in kebab-case',
    ]);
  });
});
