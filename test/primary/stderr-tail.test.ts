import { PassThrough, Readable } from 'node:stream';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { StderrTail } from '../../lib/primary/stderr-tail.js';

function setUp() {
  const stream = new Readable({ read() {} });
  let ends = 0;
  const tail = new StderrTail(stream, () => ends++);
  return { stream, tail, ends: () => ends };
}

describe('StderrTail', () => {
  it('has the lines that were written, however they were cut', () => {
    const { stream, tail } = setUp();
    for (const piece of ['first\nse', 'cond\r', '\nthi', 'rd\n']) stream.push(Buffer.from(piece));

    expect(tail.lines).to.deep.equal(['first', 'second', 'third']).and.be.frozen;
  });

  it('has a last line that was not finished, and empty ones', () => {
    const { stream, tail } = setUp();
    expect(tail.lines).to.deep.equal([]);

    stream.push(Buffer.from('one\n\ntwo'));

    expect(tail.lines).to.deep.equal(['one', '', 'two']);
  });

  it('puts characters together that were cut', () => {
    const { stream, tail } = setUp();
    for (const byte of Buffer.from('crème brûlée')) stream.push(Buffer.of(byte));

    expect(tail.lines).to.deep.equal(['crème brûlée']);
  });

  it('keeps the last twenty lines', () => {
    const { stream, tail } = setUp();
    for (let number = 1; number <= 100; number++) stream.push(Buffer.from(`line ${number}\n`));

    expect(tail.lines).to.have.lengthOf(20);
    expect([tail.lines[0], tail.lines[19]]).to.deep.equal(['line 81', 'line 100']);
  });

  it('keeps the last 8 KiB', () => {
    const { stream, tail } = setUp();
    stream.push(Buffer.from('x'.repeat(100_000)));
    for (let number = 0; number < 100; number++) stream.push(Buffer.from('y'.repeat(100)));
    stream.push(Buffer.from('z'));

    expect(tail.lines).to.deep.equal([`${'y'.repeat(8_191)}z`]);
  });

  it('takes nothing away from whoever comes to read late', async () => {
    const { stream, tail } = setUp();
    stream.push(Buffer.from('early '));
    await new Promise(resolve => setImmediate(resolve));
    expect(stream.readableFlowing).to.equal(null);
    let read = '';
    stream.setEncoding('utf8').on('data', text => {
      read += text;
    });
    stream.push(Buffer.from('late'));
    await new Promise(resolve => setImmediate(resolve));

    expect(read).to.equal('early late');
    expect(tail.lines).to.deep.equal(['early late']);
  });

  it('tells once when nothing comes any more', async () => {
    const { stream, tail, ends } = setUp();
    expect([tail.ended, ends()]).to.deep.equal([false, 0]);

    stream.push(null);

    expect([tail.ended, ends()]).to.deep.equal([true, 1]);
    stream.destroy();
    await new Promise(resolve => stream.once('close', resolve));
    expect(ends()).to.equal(1);
  });

  it('is over when the stream is destroyed', async () => {
    const { stream, tail, ends } = setUp();
    stream.destroy();
    await new Promise(resolve => stream.once('close', resolve));

    expect([tail.ended, ends()]).to.deep.equal([true, 1]);
  });

  it('lets what it reads be piped', async () => {
    const source = new Readable({ read() {} });
    const tail = new StderrTail(source, () => {});
    const target = source.pipe(new PassThrough());
    source.push(Buffer.from('smoke'));
    source.push(null);
    const chunks: unknown[] = [];
    for await (const chunk of target) chunks.push(chunk);

    expect(String(chunks)).to.equal('smoke');
    expect(tail.lines).to.deep.equal(['smoke']);
  });
});
