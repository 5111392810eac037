import { expect } from 'chai';
import { describe, it } from 'mocha';
import { bytes, duration, percent } from '../../lib/util/units.js';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

function table(rows: readonly (readonly [number, string])[], convert: (value: number) => string): void {
  for (const [value, text] of rows) {
    it(`makes ${text} of ${value}`, () => expect(convert(value)).to.equal(text));
  }
}

describe('duration', () => {
  table(
    [
      [-5, '0 ms'],
      [0, '0 ms'],
      [999.9, '999 ms'],
      [second, '1 s'],
      [minute - 1, '59 s'],
      [minute, '1 m 0 s'],
      [5 * minute + 3 * second, '5 m 3 s'],
      [hour - 1, '59 m 59 s'],
      [3 * hour + 12 * minute + 40 * second, '3 h 12 m'],
      [day - 1, '23 h 59 m'],
      [400 * day + 7 * hour, '400 d 7 h'],
    ],
    duration,
  );
});

describe('bytes', () => {
  table(
    [
      [-1, '0 B'],
      [0, '0 B'],
      [1023, '1023 B'],
      [1024, '1.0 KiB'],
      [9.94 * 1024, '9.9 KiB'],
      [9.96 * 1024, '10 KiB'],
      [1023.4 * 1024, '1023 KiB'],
      [1023.6 * 1024, '1.0 MiB'],
      [87 * 1024 ** 2, '87 MiB'],
      [1.44 * 1024 ** 3, '1.4 GiB'],
      [2048 * 1024 ** 4, '2048 TiB'],
    ],
    bytes,
  );
});

describe('percent', () => {
  table(
    [
      [0, '0 %'],
      [0.005, '1 %'],
      [0.42, '42 %'],
      [1, '100 %'],
    ],
    percent,
  );
});
