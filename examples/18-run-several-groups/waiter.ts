import { ClusterWorker, type PrimaryRequestEvent } from 'phased-cluster';
import type { Restaurant } from './restaurant.js';

class Waiter extends ClusterWorker<Restaurant> {
  _eventPrimaryRequest_greet({ data: { message } }: PrimaryRequestEvent<Restaurant, 'greet'>): string {
    const [, , manners] = process.argv;
    return `Welcome to ${process.env.RESTAURANT}, ${message.guest} (${manners})`;
  }
}

new Waiter();
