import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { type Column, printable, textTable, widthOf } from '../../lib/primary/text-table.js';

type Row = readonly string[];

function column(index: number, rest: Partial<Column<Row>> = {}): Column<Row> {
  return { title: `column ${index}`, cell: row => row[index] ?? '', ...rest };
}

describe('textTable', () => {
  it('makes columns as wide as their widest cell', () => {
    const columns = [column(0, { title: 'name' }), column(1, { title: 'group' }), column(2, { title: 'state' })];
    const rows = [
      ['anna', 'kitchen', 'ready'],
      ['bartholomew', 'bar', 'waiting'],
    ];

    expect(textTable(columns, rows)).to.deep.equal([
      'name         group    state',
      'anna         kitchen  ready',
      'bartholomew  bar      waiting',
    ]);
  });

  it('lets numbers end where others end', () => {
    const columns = [column(0, { title: 'pid', align: 'right' }), column(1, { title: 'load', align: 'right' })];

    expect(
      textTable(columns, [
        ['12345', ''],
        ['7', '100 %'],
      ]),
    ).to.deep.equal(['  pid   load', '12345', '    7  100 %']);
  });

  it('has a line of titles without rows, and none at all without columns', () => {
    expect(textTable([column(0), column(1)], [])).to.deep.equal(['column 0  column 1']);
    expect(textTable([], [['a'], ['b']])).to.deep.equal(['', '', '']);
  });

  it('cuts what is too wide', () => {
    const columns = [column(0, { title: 'a', widest: 5 })];

    expect(textTable(columns, [['12345'], ['123456'], ['厨厨厨']])).to.deep.equal(['a', '12345', '1234…', '厨厨…']);
    expect(textTable([column(0)], [['x'.repeat(500)]])[1]).to.have.lengthOf(24);
  });

  it('keeps wide characters aligned', () => {
    const columns = [column(0, { title: 'name' }), column(1, { title: 'x' })];
    const lines = textTable(columns, [
      ['厨房', '|'],
      ['🍲é', '|'],
    ]);

    expect(lines).to.deep.equal(['name  x', '厨房  |', '🍲é   |']);
  });

  it('lets every cell begin, or end, in the same column of the terminal, whatever the cells hold', () => {
    const cell = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ unit: 'grapheme', maxLength: 12 }));
    const table = fc.integer({ min: 1, max: 5 }).chain(count =>
      fc.record({
        rows: fc.array(fc.array(cell, { minLength: count, maxLength: count }), { maxLength: 6 }),
        aligned: fc.array(fc.constantFrom('left', 'right'), { minLength: count, maxLength: count }),
      }),
    );
    fc.assert(
      fc.property(table, ({ rows, aligned }) => {
        const columns = aligned.map((align, index) => column(index, { align, title: `t${index}`, widest: 10 }));
        const lines = textTable(columns, rows);

        expect(lines).to.have.lengthOf(rows.length + 1);
        for (const line of lines) {
          expect(line).to.equal(line.trimEnd());
          expect(line).to.equal(printable(line));
        }
        // With a last column that is full, no line is shorter than another, and the gaps stand one below the other.
        const marked = textTable([...columns, column(99, { title: '|', cell: () => '|' })], rows);
        const ends = marked.map(line => widthOf(line));
        expect(new Set(ends).size).to.equal(1);
        for (let upTo = 1; upTo < columns.length; upTo++) {
          const head = textTable([...columns.slice(0, upTo), column(99, { title: '|', cell: () => '|' })], rows);
          const width = widthOf(head[0] ?? '') - 1;
          for (const line of marked) expect(atColumn(line, width - 2, width)).to.equal('  ');
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** What stands in these columns of the terminal; a wide character stands in two. */
function atColumn(line: string, from: number, to: number): string {
  const places = [...line].flatMap(character => (widthOf(character) === 2 ? [character, character] : [character]));
  return places.slice(from, to).join('');
}

describe('printable', () => {
  it('leaves letters, marks that have a letter of their own, symbols and spaces as they are', () => {
    for (const text of ['anna 2', 'Küche', 'кухня', '厨房', '🍲', '100 %', '"quoted"', '[31m']) {
      expect(printable(text)).to.equal(text);
    }
    expect(printable('e\u0301')).to.equal('é');
  });

  const escapes: readonly (readonly [string, string, string])[] = [
    ['line breaks and tabs', 'a\nb\rc\td', 'a\\nb\\rc\\td'],
    ['colours and other commands to the terminal', '\u001b[31mred\u009b0m', '\\u{1b}[31mred\\u{9b}0m'],
    ['zero', '\0', '\\u{0}'],
    ['directions', 'a\u202eb\u2066', 'a\\u{202e}b\\u{2066}'],
    ['what has no width', 'a\u200bb\ufeff\u200d', 'a\\u{200b}b\\u{feff}\\u{200d}'],
    ['marks that pile up', 'x\u0336\u0337', 'x\\u{336}\\u{337}'],
    ['fillers that look like nothing', '\u3164\u115f', '\\u{3164}\\u{115f}'],
    ['other spaces and separators of lines', 'a\u2028b\u00a0c\u3000', 'a\\u{2028}b\\u{a0}c\\u{3000}'],
    ['halves of characters', 'a\ud83cb', 'a\\u{d83c}b'],
  ];
  for (const [what, text, expected] of escapes) {
    it(`escapes ${what}`, () => expect(printable(text)).to.equal(expected));
  }

  it('does nothing twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(printable(printable(text))).to.equal(printable(text));
      }),
    );
  });
});

describe('widthOf', () => {
  const widths: readonly (readonly [string, number])[] = [
    ['', 0],
    ['soup', 4],
    ['Küche', 5],
    ['厨房', 4],
    ['주방', 4],
    ['キッチン', 8],
    ['ｷｯﾁﾝ', 4],
    ['Ａ', 2],
    ['🍲', 2],
    ['…', 1],
  ];
  for (const [text, width] of widths) {
    it(`is ${width} for ${JSON.stringify(text)}`, () => expect(widthOf(text)).to.equal(width));
  }
});
