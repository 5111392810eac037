const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Milliseconds as people read them, in the two largest units: `850 ms`, `12 s`, `5 m 3 s`, `3 h 12 m`, `4 d 7 h`. */
export function duration(ms: number): string {
  const whole = Math.max(0, Math.floor(ms));
  if (whole < second) return `${whole} ms`;
  if (whole < minute) return `${Math.floor(whole / second)} s`;
  if (whole < hour) return inTwo(whole, [minute, 'm'], [second, 's']);
  return whole < day ? inTwo(whole, [hour, 'h'], [minute, 'm']) : inTwo(whole, [day, 'd'], [hour, 'h']);
}

type Unit = readonly [size: number, name: string];

function inTwo(ms: number, [large, largeName]: Unit, [small, smallName]: Unit): string {
  return `${Math.floor(ms / large)} ${largeName} ${Math.floor((ms % large) / small)} ${smallName}`;
}

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** A number of bytes as people read it, to two digits at least: `87 MiB`, `1.4 GiB`. */
export function bytes(count: number): string {
  let rest = Math.max(0, count);
  let unit = 0;
  while (Math.round(rest) >= 1024 && unit < byteUnits.length - 1) {
    rest /= 1024;
    unit++;
  }
  const digits = unit > 0 && rest < 9.95 ? 1 : 0;
  return `${rest.toFixed(digits)} ${byteUnits[unit]}`;
}

/** A share from 0 to 1 in percent: `42 %`. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
