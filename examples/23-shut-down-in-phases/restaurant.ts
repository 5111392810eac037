import type { Protocol } from 'phased-cluster';

export interface Restaurant extends Protocol {
  primaryRequest: { cook(): string };
}
