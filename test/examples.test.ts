import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { before, describe, it } from 'mocha';

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
const readme = new URL('../../README.md', import.meta.url);
/** The main job tells a longer story than an example. */
const mainJob = '00-start';

describe('the examples', () => {
  let names: readonly string[] = [];
  const sources = new Map<string, string>();

  before(async () => {
    const entries = await readdir(examples, { withFileTypes: true });
    names = entries.filter(entry => entry.isDirectory()).map(({ name }) => name);
    for (const name of names) {
      const files = (await readdir(`${examples}${name}`)).filter(file => /\.[jt]s$/.test(file));
      for (const file of files) sources.set(`${name}/${file}`, await readFile(`${examples}${name}/${file}`, 'utf8'));
    }
  });

  it('are numbered, one idea each, and called by a verb', () => {
    expect(names.filter(name => !/^\d\d-[a-z]+(-[a-z\d]+)*$/.test(name))).to.deep.equal([]);
    expect(names.map(name => Number(name.slice(0, 2))).sort((a, b) => a - b)).to.deep.equal([...names.keys()]);
  });

  it('fit on a screen: 40 lines a file', () => {
    const long = [...sources].filter(
      ([file, source]) => !file.startsWith(mainJob) && source.trimEnd().split('\n').length > 40,
    );

    expect(long.map(([file]) => file)).to.deep.equal([]);
  });

  it('say what they print', async () => {
    for (const name of names.filter(each => each !== mainJob)) {
      expect(await readFile(`${examples}${name}/expected.txt`, 'utf8'), name).to.not.equal('');
    }
  });

  it('import the library by its name', () => {
    for (const [file, source] of sources) expect(source, file).to.not.match(/from '(\.\.\/)+(dist|lib)\//);
    for (const name of names) {
      const all = [...sources].filter(([file]) => file.startsWith(`${name}/`)).map(([, source]) => source);
      expect(all.join('\n'), name).to.include("from 'phased-cluster'");
    }
  });

  it('are all in the README', async () => {
    const text = await readFile(readme, 'utf8');

    expect(names.filter(name => !text.includes(`(examples/${name}/`))).to.deep.equal([]);
  });
});
