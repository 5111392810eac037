import { ClusterWorker, type PrimaryRequestEvent, type Protocol, type WorkerHandlers } from 'phased-cluster';

export interface Weather extends Protocol {
  primaryRequest: { forecast(place: { city: string }): string };
  storage: { forecasts: { [city: string]: string } };
}

class Forecaster extends ClusterWorker<Weather> implements WorkerHandlers<Weather> {
  protected override async _initialize(): Promise<void> {
    await this.storage.attach(); // from now on `peek` reads from this worker's own memory
  }

  async _eventPrimaryRequest_forecast({
    data: { message },
  }: PrimaryRequestEvent<Weather, 'forecast'>): Promise<string> {
    const known = this.storage.peek(['forecasts', message.city]);
    if (known !== undefined) return `${known} (known already)`;

    const forecast = `rain in ${message.city}`; // somebody far away says so
    await this.storage.set(['forecasts', message.city], forecast, { ttl: 200 });
    return `${forecast} (looked up)`;
  }
}

new Forecaster();
