import { isBuiltin } from 'node:module';
import path from 'node:path';
import { type Import, readSource } from './source-text.js';

/** Source texts by their path from `lib/`, such as `util/clock.ts`. */
export type Sources = ReadonlyMap<string, string>;

/** The folders of `lib/`, each of which may import what stands left of it, and itself. */
export const layers = [
  ['util'],
  ['errors'],
  ['pubsub'],
  ['lifecycle'],
  ['protocol'],
  ['channel'],
  ['storage'],
  ['supervision'],
  ['primary', 'worker'],
  ['lmdb', 'nats', 'metrics', 'testing'],
] as const satisfies readonly (readonly string[])[];

/** Where a package or a part of Node may be imported; anything else that is not Node's is no dependency of ours. */
const homes: readonly { readonly module: RegExp; readonly where: RegExp }[] = [
  { module: /^eventemitter3$/, where: /^pubsub\/dispatcher\.ts$/ },
  { module: /^(node:)?cluster$/, where: /^(channel\/ipc-channel|primary\/[\w-]+|worker\/[\w-]+)\.ts$/ },
  { module: /^(node:)?(timers(\/promises)?|perf_hooks)$/, where: /^(util\/clock|worker\/watchdog[\w-]*)\.ts$/ },
  { module: /^lmdb$/, where: /^lmdb\// },
  { module: /^(@nats-io\/.+|nats)$/, where: /^nats\// },
  { module: /^node:/, where: /./ },
];

const timeTellers =
  /\b(setTimeout|setInterval|setImmediate|Date\.now|new Date|performance\.now|process\.hrtime|AbortSignal\.timeout)\b/;
const timeTellersHome = /^(util\/clock|worker\/watchdog[\w-]*)\.ts$/;
const longestFile = 300;

function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : '';
}

function rankOf(file: string): number {
  // `index.ts` and other files of the root are entry points: they may import everything.
  return file.includes('/')
    ? layers.findIndex(layer => (layer as readonly string[]).includes(folderOf(file)))
    : layers.length;
}

function isRelative({ from }: Import): boolean {
  return from.startsWith('.');
}

function targetOf(file: string, { from }: Import): string {
  return path.posix.join(path.posix.dirname(file), from).replace(/\.js$/, '.ts');
}

function targetsOf(file: string, source: string): string[] {
  return readSource(source)
    .imports.filter(isRelative)
    .map(imported => targetOf(file, imported));
}

/** Each file of a rule looked at on its own. */
function inEachFile(sources: Sources, rule: (file: string, source: string) => Iterable<string>): string[] {
  return [...sources].flatMap(([file, source]) => [...rule(file, source)].map(complaint => `${file} ${complaint}`));
}

/** A file imports only from its own folder and from the layers before it; twins of a layer know nothing of each other. */
export function findLayerViolations(sources: Sources): string[] {
  return inEachFile(sources, function* (file, source) {
    const rank = rankOf(file);
    if (rank === -1) yield `is in a folder that is no layer`;

    for (const target of targetsOf(file, source)) {
      if (!sources.has(target)) yield `imports ${target}, which does not exist`;
      else if (rankOf(target) > rank) yield `imports ${target}, which is in a later layer`;
      else if (rankOf(target) === rank && folderOf(target) !== folderOf(file))
        yield `imports ${target}, its layer's twin`;
    }
  });
}

/** Every circle of imports, types included, once. */
export function findCycles(sources: Sources): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();

  const visit = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) cycles.push([...trail.slice(trail.indexOf(file)), file].join(' -> '));
    if (trail.includes(file) || done.has(file)) return;

    for (const target of targetsOf(file, sources.get(file) ?? '')) visit(target, [...trail, file]);
    done.add(file);
  };
  for (const file of sources.keys()) visit(file, []);
  return cycles;
}

/** `node:cluster`, timers, the event emitter and optional peers each have their home; types of Node may go anywhere. */
export function findStrayImports(sources: Sources): string[] {
  const complaints = inEachFile(sources, function* (file, source) {
    for (const imported of readSource(source).imports) {
      if (isRelative(imported)) continue;

      const home = homes.find(({ module }) => module.test(imported.from));
      if (home === undefined) yield `imports ${imported.from}, which is no dependency`;
      else if (!imported.typeOnly && !home.where.test(file)) yield `imports ${imported.from}, whose home is elsewhere`;
    }
  });
  for (const side of ['primary', 'worker']) {
    const touching = [...sources].filter(([file, source]) => folderOf(file) === side && touchesCluster(source));
    if (touching.length > 1) complaints.push(`${touching.map(([file]) => file).join(', ')} all import node:cluster`);
  }
  return complaints;
}

function touchesCluster(source: string): boolean {
  return readSource(source).imports.some(({ from, typeOnly }) => !typeOnly && /^(node:)?cluster$/.test(from));
}

/** What runs only in the thread of a watchdog, which is loaded apart from everything else. */
const watchdogsThread = /^worker\/watchdog-(thread|stack)\.ts$/;

/**
 * Parts of Node are asked for by `process.getBuiltinModule`, where they are used.
 *
 * An import statement makes Node run each lazy getter of the part: that of `node:util` alone loads worker threads. Three of
 * them took 3 ms of every worker's start.
 */
export function findEagerImports(sources: Sources): string[] {
  return inEachFile(sources, function* (file, source) {
    if (watchdogsThread.test(file)) return;
    for (const { from, typeOnly, statement } of readSource(source).imports) {
      if (statement && !typeOnly && isBuiltin(from)) yield `imports ${from}: ask process.getBuiltinModule for it`;
    }
  });
}

/** Time comes from `util/clock.ts`, so that tests can bring their own. */
export function findStrayTime(sources: Sources): string[] {
  return inEachFile(sources, function* (file, source) {
    const [, found] = timeTellers.exec(readSource(source).code) ?? [];
    if (found !== undefined && !timeTellersHome.test(file)) yield `uses ${found} instead of a Clock`;
  });
}

/** No file is longer than a person reads in one go. */
export function findLongFiles(sources: Sources): string[] {
  return inEachFile(sources, function* (_file, source) {
    const lines = source.trimEnd().split('\n').length;
    if (lines > longestFile) yield `has ${lines} lines`;
  });
}

/** Whether a file leaves nothing behind when its types are erased. */
export function isTypesOnly(source: string): boolean {
  const statement = /^(?:export\s+)?(?:(?:default|abstract|async|const|let|var|class|function)\b|\{)|^[\w$.]+[(=]/m;
  return !statement.test(readSource(source).code);
}

/** Every file with something to run has a test that mirrors its path. */
export function findUntested(
  sources: Sources,
  tests: ReadonlySet<string>,
  exempt: ReadonlyMap<string, string>,
): string[] {
  return inEachFile(sources, function* (file, source) {
    const mirror = file.replace(/\.ts$/, '.test.ts');
    const expected = exempt.get(file) ?? mirror;
    if (!isTypesOnly(source) && !tests.has(expected)) yield `has no test/${expected}`;
  });
}

/** The root says by name what it exports, types apart from values. */
export function findVagueExports(index: string): string[] {
  const { code } = readSource(index);
  const complaints: string[] = [];
  if (/\bexport\s*(type\s*)?\*/.test(code)) complaints.push('index.ts exports everything of a file');
  if (/\bexport\s*\{[^}]*\btype\s/.test(code)) complaints.push('index.ts mixes types and values in one export');
  if (/^(?!\s*(export\s*(type\s*)?\{|[\w\s,$]*\}|[\w\s,$]*,?$|\s*$|[\s;]*$)).+/m.test(code)) {
    complaints.push('index.ts does more than to export names');
  }
  return complaints;
}

/** What no file says, unless a comment on that line or on the one above gives the reason. */
const reasoned: readonly (readonly [RegExp, string])[] = [
  [/(?<![.\w$#])any(?![\w$(])/, 'any'],
  [/\bas unknown as\b/, 'as unknown as'],
];
const forbidden: readonly (readonly [RegExp, string])[] = [
  [/\bconsole\./, 'console'],
  [/^export default\b/, 'a default export'],
  [/^(export\s+)?(declare\s+)?(const\s+)?enum\b/, 'an enum'],
  [/^(export\s+)?(declare\s+)?namespace\b/, 'a namespace'],
];

/** Shortcuts that code review would send back. */
export function findShortcuts(sources: Sources): string[] {
  return inEachFile(sources, function* (file, source) {
    const lines = source.split('\n');
    if (!/^([a-z0-9-]+\/)*[a-z0-9-]+\.ts$/.test(file)) yield 'is not named in kebab-case';
    if (/\b(TODO|FIXME|XXX)\b/.test(source)) yield 'has something left to do';
    for (const [index, line] of readSource(source).code.split('\n').entries()) {
      for (const [pattern, name] of forbidden) if (pattern.test(line)) yield `line ${index + 1} has ${name}`;
      if (isCommented(lines[index - 1]) || isCommented(lines[index])) continue;
      for (const [pattern, name] of reasoned)
        if (pattern.test(line)) yield `line ${index + 1} has ${name} without a reason`;
    }
  });
}

function isCommented(line = ''): boolean {
  return /\/\/|\*\/|^\s*\*/.test(line);
}
