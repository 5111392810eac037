/** An import, re-export or dynamic import, as written. */
export interface Import {
  readonly from: string;
  /** Whether nothing of it is left after compilation. */
  readonly typeOnly: boolean;
  /** Whether it is loaded before the file's code runs. */
  readonly statement: boolean;
}

/** A source text seen twice: without its comments, and without what its strings say either. Lines stay where they are. */
export interface SourceText {
  readonly withoutComments: string;
  readonly code: string;
  readonly imports: readonly Import[];
}

type Kind = 'code' | 'string' | 'comment';

// The first alternative that fits at a place wins. A slash begins a regular expression only where no operand stands before it.
const comment = String.raw`\/\/[^\n]*|\/\*[\s\S]*?\*\/`;
const string = String.raw`'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"`;
const regularExpression = String.raw`(?<=(?:^|[(,=:[!&|?{};\n]|=>|\breturn)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*`;
const token = new RegExp(
  `(?<comment>${comment})|(?<string>${string}|${regularExpression})|(?<template>\`)|(?<brace>[{}])`,
  'g',
);

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ');
}

/** Calls `emit` with each piece of the source in order; what stands in `${…}` of a template is code again. */
function scan(source: string, emit: (kind: Kind, text: string) => void): void {
  const openTemplates: number[] = [];
  let depth = 0;
  let position = 0;

  const template = (from: number): number => {
    const end = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*(?:`|\$\{|$)/y;
    end.lastIndex = from;
    const [text = ''] = end.exec(source) ?? [];
    emit('string', text);
    if (text.endsWith('${')) openTemplates.push(depth++);
    return from + text.length;
  };

  while (position < source.length) {
    token.lastIndex = position;
    const match = token.exec(source);
    if (match === null) break;

    emit('code', source.slice(position, match.index));
    const { groups = {} } = match;
    position = match.index + match[0].length;
    if (groups.template !== undefined) position = template(match.index + 1);
    else if (groups.comment !== undefined) emit('comment', match[0]);
    else if (groups.string !== undefined) emit('string', match[0]);
    else {
      emit('code', match[0]);
      if (match[0] === '{') depth++;
      else if (--depth === openTemplates.at(-1)) {
        openTemplates.pop();
        position = template(position);
      }
    }
  }
  emit('code', source.slice(position));
}

const importStatement =
  /^[ \t]*(?:import|export)\s+(?<typeOnly>type\s+(?!from\b))?(?:[\w$*{][^;'"]*?\sfrom\s*)?(?<quote>['"])(?<from>[^'"]+)\k<quote>/gm;
const importCall = /\b(?:import|require|getBuiltinModule)\(\s*(?<quote>['"`])(?<from>[^'"`]+)\k<quote>/g;

function readImports(withoutComments: string): Import[] {
  const read = (pattern: RegExp, statement: boolean) =>
    [...withoutComments.matchAll(pattern)].map(({ groups = {} }) => ({
      from: groups.from ?? '',
      typeOnly: groups.typeOnly !== undefined,
      statement,
    }));
  return [...read(importStatement, true), ...read(importCall, false)];
}

/** Takes a TypeScript source apart, as text: good enough for code that Biome has formatted. */
export function readSource(source: string): SourceText {
  let withoutComments = '';
  let code = '';
  scan(source, (kind, text) => {
    withoutComments += kind === 'comment' ? blank(text) : text;
    code += kind === 'code' ? text : blank(text);
  });
  return { withoutComments, code, imports: readImports(withoutComments) };
}
