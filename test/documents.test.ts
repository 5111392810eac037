import cluster, { Worker } from 'node:cluster';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { readEventTable } from './support/event-tables.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/events.md', 'docs/guarantees.md'];

describe('the README', () => {
  let text = '';

  before(async () => {
    text = await readFile(`${root}README.md`, 'utf8');
  });

  it('has a place for every name of node:cluster', () => {
    const inherited = /^(_|domain$)/;
    const names = Object.keys(cluster).filter(name => !inherited.test(name));

    expect(names).to.include.members(['fork', 'setupPrimary', 'workers', 'SCHED_RR']);
    expect(names.filter(name => !text.includes(`\`cluster.${name}`))).to.deep.equal([]);
  });

  it('has a place for every method of a Worker', () => {
    const names = Object.getOwnPropertyNames(Worker.prototype).filter(name => name !== 'constructor');

    expect(names).to.include.members(['kill', 'send', 'isDead']);
    expect(names.filter(name => !text.includes(`\`worker.${name}`))).to.deep.equal([]);
  });
});

describe('the documents', () => {
  it('link to files that exist', async () => {
    for (const document of documents) {
      const folder = document.slice(0, document.lastIndexOf('/') + 1);
      const text = await readFile(`${root}${document}`, 'utf8');
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) => link);

      expect(
        links.filter(link => !existsSync(`${root}${folder}${link}`)),
        document,
      ).to.deep.equal([]);
    }
  });

  it('name scripts that exist', async () => {
    const { scripts } = JSON.parse(await readFile(`${root}package.json`, 'utf8'));
    for (const document of documents) {
      const text = await readFile(`${root}${document}`, 'utf8');
      const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script = '']) => script);

      expect(
        named.filter(script => !Object.hasOwn(scripts, script)),
        document,
      ).to.deep.equal([]);
    }
  });

  it('list each event once', async () => {
    const text = await readFile(`${root}docs/events.md`, 'utf8');
    for (const className of ['ClusterPrimary', 'ClusterWorker']) {
      const names = readEventTable(text, className).map(({ name }) => name);

      expect(names, className).to.include.members(['initialize', 'error', 'shutDown']);
      expect(names, className).to.deep.equal([...new Set(names)]);
    }
  });
});
