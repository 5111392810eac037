import type { Protocol } from 'phased-cluster';

/** Each type of job is done by the group of workers of that name. */
export interface Jobs extends Protocol {
  primaryRequest: {
    resize(job: { image: string }): string;
    mail(job: { to: string }): string;
  };
}
