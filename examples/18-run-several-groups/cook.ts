import { ClusterWorker, type PrimaryRequestEvent } from 'phased-cluster';
import type { Restaurant } from './restaurant.js';

class Cook extends ClusterWorker<Restaurant> {
  _eventPrimaryRequest_cook({ data: { message } }: PrimaryRequestEvent<Restaurant, 'cook'>): string {
    return Array.from(message.orders, ([dish, count]) => `${count} x ${dish}`).join(', ');
  }
}

new Cook();
