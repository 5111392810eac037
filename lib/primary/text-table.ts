/** One column of a table. */
export interface Column<Row> {
  readonly title: string;
  /** What stands in the row's cell: text of any origin and length. */
  readonly cell: (row: Row) => string;
  /** Which end the cells share. @default 'left' */
  readonly align?: 'left' | 'right';
  /** Cells that are wider, in columns of the terminal, are cut. @default 24 */
  readonly widest?: number;
}

const gap = '  ';
const ellipsis = '\u2026';

/** A line of titles and a line for each row: columns as wide as they must be, two spaces apart, no spaces at the end. */
export function textTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const padded = columns.map(column => paddedCells(column, rows));
  return ['', ...rows].map((_, line) =>
    padded
      .map(cells => cells[line])
      .join(gap)
      .trimEnd(),
  );
}

function paddedCells<Row>({ title, cell, align = 'left', widest = 24 }: Column<Row>, rows: readonly Row[]): string[] {
  const cells = [title, ...rows.map(row => fitting(printable(cell(row)), widest))];
  const width = Math.max(...cells.map(widthOf));
  return cells.map(text => {
    const space = ' '.repeat(width - widthOf(text));
    return align === 'left' ? text + space : space + text;
  });
}

/**
 * The text with everything escaped that would not show, would not stay in its line, or would move what stands after it:
 * control characters, directions, marks that pile up, halves of characters.
 */
export function printable(text: string): string {
  return text.normalize('NFC').replace(/[\p{C}\p{M}\p{Z}\p{Default_Ignorable_Code_Point}]/gu, escaped);
}

const shortEscapes = new Map([
  [' ', ' '],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

function escaped(character: string): string {
  return shortEscapes.get(character) ?? `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

/** How many columns of a terminal the text takes; it must be {@link printable}. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += isWide(character) ? 2 : 1;
  return width;
}

/** East Asian characters, fullwidth forms and emoji take two columns; halfwidth forms do not. */
function isWide(character: string): boolean {
  return (
    character >= '\u1100' &&
    /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u.test(
      character,
    ) &&
    !/[\uff61-\uffdc]/.test(character)
  );
}

/** The text, cut where it is wider than that. */
function fitting(text: string, widest: number): string {
  if (widthOf(text) <= widest) return text;

  let kept = '';
  let width = widthOf(ellipsis);
  for (const character of text) {
    width += widthOf(character);
    if (width > widest) break;
    kept += character;
  }
  return kept + ellipsis;
}
