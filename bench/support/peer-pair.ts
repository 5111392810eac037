import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { IpcChannel } from '../../lib/channel/ipc-channel.js';
import type { OutboxRules } from '../../lib/channel/outbox-rules.js';
import { Peer } from '../../lib/channel/peer.js';
import { systemClock } from '../../lib/util/clock.js';
import { askInLanes, sendInBursts } from './pace.js';
import { type Load, makeOrder, small } from './traffic.js';

/** How both ends are. */
export interface PeerSettings {
  readonly serialization: 'json' | 'advanced';
  readonly rules: OutboxRules;
}

/** Two processes that talk by the peers of `lib/channel`, and nothing above them. */
export class PeerPair {
  readonly #child: ChildProcess;
  readonly #peer: Peer;

  private constructor(child: ChildProcess, peer: Peer) {
    this.#child = child;
    this.#peer = peer;
  }

  /** Forks the other end; resolves once it listens. */
  static open({ serialization, rules }: PeerSettings): Promise<PeerPair> {
    const script = fileURLToPath(new URL('./echo-peer.js', import.meta.url));
    const child = fork(script, [JSON.stringify({ serialization, rules })], { serialization });
    return new Promise(resolve => {
      const hooks = {
        message() {},
        request() {},
        control: () => resolve(new PeerPair(child, peer)),
        violation() {},
        closed() {},
        sendFailed() {},
      };
      const channel = new IpcChannel(child, { name: 'child', serialization });
      const peer: Peer = new Peer(channel, hooks, { clock: systemClock, rules });
    });
  }

  /** From the first send until the other end has counted the last message. */
  async pour(times: number, load: Load = small): Promise<void> {
    const received = this.#peer.request({ expect: times });
    const send = (number: number) => this.#peer.send(makeOrder('order', number, load));
    await sendInBursts(times, { send, sendAndWait: send }, load);
    await received;
  }

  ask(times: number, inFlight: number, load: Load = small): Promise<void> {
    return askInLanes(times, inFlight, number => this.#peer.request(makeOrder('echo', number, load)));
  }

  async close(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }
}
