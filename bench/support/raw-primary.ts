import type { RawSerialization } from './fork-raw.js';
import { askInLanes, sendInBursts } from './pace.js';
import { RawLine } from './raw-line.js';
import type { Side } from './side.js';
import { ownCpuTime } from './throughput.js';
import { type Load, makeOrder, small } from './traffic.js';

/** The side of plain `node:cluster`. */
export class RawPrimary implements Side {
  readonly #first: RawLine;
  readonly #lines: readonly RawLine[];

  private constructor(first: RawLine, others: readonly RawLine[]) {
    this.#first = first;
    this.#lines = [first, ...others];
    for (const [index, line] of this.#lines.entries()) line.neighbour = this.#next(index + 1);
  }

  /** Forks the workers; resolves once they are ready. */
  static async open(workerCount: number, serialization: RawSerialization = 'json'): Promise<RawPrimary> {
    const first = await RawLine.open(serialization);
    const others = Array.from({ length: workerCount - 1 }, () => RawLine.open(serialization));
    return new RawPrimary(first, await Promise.all(others));
  }

  async pour(times: number, load: Load = small): Promise<void> {
    const line = this.#first;
    const received = line.expect(times);
    const sender = {
      send: (number: number) => line.send(makeOrder('order', number, load)),
      sendAndWait: (number: number) => line.sendAndWait(makeOrder('order', number, load)),
    };
    await sendInBursts(times, sender, load);
    await received;
  }

  async pourInTurn(times: number): Promise<void> {
    const rounds = Math.ceil(times / this.#lines.length);
    const received = this.#lines.map(line => line.expect(rounds));
    await sendInBursts(rounds, {
      send: round => this.#lines.map(line => line.send(makeOrder('order', round))),
      sendAndWait: round => Promise.all(this.#lines.map(line => line.sendAndWait(makeOrder('order', round)))),
    });
    await Promise.all(received);
  }

  async broadcast(times: number): Promise<void> {
    const received = this.#lines.map(line => line.expect(times));
    await sendInBursts(times, {
      send: number => {
        const order = makeOrder('order', number);
        for (const line of this.#lines) line.send(order);
      },
      sendAndWait: number => {
        const order = makeOrder('order', number);
        return Promise.all(this.#lines.map(line => line.sendAndWait(order)));
      },
    });
    await Promise.all(received);
  }

  draw(times: number): Promise<void> {
    return this.#first.draw(times);
  }

  ask(times: number, inFlight: number, load: Load = small): Promise<void> {
    const line = this.#first;
    return askInLanes(times, inFlight, number => line.request(makeOrder('echo', number, load)));
  }

  askInTurn(times: number, inFlight: number): Promise<void> {
    return askInLanes(times, inFlight, number => this.#next(number).request(makeOrder('echo', number)));
  }

  async pourAcross(times: number): Promise<void> {
    const received = this.#next(1).expect(times);
    this.#first.send({ type: 'pourAcross', times });
    await received;
  }

  askAcross(times: number, inFlight: number): Promise<void> {
    return this.#first.askAcross(times, inFlight);
  }

  async cpuTime(): Promise<number> {
    const times = await Promise.all(this.#lines.map(line => line.cpuTime()));
    return times.reduce((sum, time) => sum + time, ownCpuTime());
  }

  async destroy(): Promise<void> {
    await Promise.all(this.#lines.map(line => line.close()));
  }

  #next(number: number): RawLine {
    return this.#lines[number % this.#lines.length] ?? this.#first;
  }
}
