import { ClusterWorker } from 'phased-cluster';

class Bakery extends ClusterWorker {
  #flour = 0;

  // The mill is there already when the bakery starts …
  protected override async _initialize(): Promise<void> {
    this.#flour = (await this.request({ message: { type: 'mill', sacks: 3 }, to: { group: 'mill' } })) as number;
    console.log(`the bakery starts with ${this.#flour} kg`);
  }

  // … and still there when it stops.
  protected override async _destroy(): Promise<void> {
    const taken = await this.request({ message: { type: 'takeBack', flour: this.#flour }, to: { group: 'mill' } });
    console.log(`the mill takes ${taken} kg back`);
  }

  _eventPrimaryRequest_bake({ data: { message } }: { data: { message: { loaves: number } } }): string {
    this.#flour -= message.loaves;
    return `${message.loaves} loaves`;
  }
}

new Bakery();
