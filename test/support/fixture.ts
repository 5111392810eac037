/** The compiled program `test/fixtures/<name>.ts`. */
export function fixture(name: string): URL {
  return new URL(`../fixtures/${name}.js`, import.meta.url);
}

/** The file `test/fixtures/<file>` as it was written: for programs that tsc does not compile. */
export function sourceFixture(file: string): URL {
  return new URL(`../../../test/fixtures/${file}`, import.meta.url);
}
