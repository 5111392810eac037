import type { Protocol } from 'phased-cluster';

export interface Health extends Protocol {
  primaryMessage: { load: { jobs: number } };
  primaryRequest: { health(): { jobs: number; memory: number } };
}
