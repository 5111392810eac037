import { expect } from 'chai';
import type { ClusterPrimaryOptions, SchedulingPolicy } from '../../lib/index.js';
import { HttpTraffic, type TrafficOptions } from './http-traffic.js';
import type { TrafficLog } from './http-traffic-log.js';
import { type Seeded, seeded } from './seeded.js';
import { ServingProgram } from './serving-program.js';

/** How many requests there are, at least, while servers come and go. */
export const requests = Number(process.env.SERVING_REQUESTS ?? 20_000);

export const policies: readonly SchedulingPolicy[] = ['rr', 'none'];

/** How traffic is made, and by whom it is served. */
export interface Scene {
  readonly primary: ClusterPrimaryOptions;
  /** Of the workers. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly traffic?: Omit<TrafficOptions, 'port'> | undefined;
}

/** Who takes part. */
export interface Cast {
  readonly program: ServingProgram;
  readonly traffic: HttpTraffic;
  readonly random: Seeded;
}

/** Starts workers and clients, lets `act` do something to them, and ends them; what became of all requests. */
export async function underTraffic(scene: Scene, act: (cast: Cast) => Promise<void>): Promise<TrafficLog> {
  let log: TrafficLog | undefined;
  await seeded(async random => {
    await using program = await ServingProgram.start(scene.primary, scene.env);
    await using traffic = new HttpTraffic({ ...scene.traffic, port: program.port }, random);
    await act({ program, traffic, random });
    log = await traffic.stop();
    expect(program.surprises).to.deep.equal([]);
    expect(program.stderr).to.equal('');
  });
  return log as TrafficLog;
}
