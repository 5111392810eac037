/** A table in Markdown: the first column is text, the others are numbers. */
export function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = columns.map((_, index) => (index === 0 ? '---' : '---:'));
  return [columns, rule, ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n');
}

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`; `undefined` where these are not. */
export function replaceBetween(text: string, name: string, content: string): string | undefined {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) return undefined;

  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`;
}
