import { ClusterPrimary } from 'phased-cluster';

const script = (name: string) => new URL(`./${name}.js`, import.meta.url);

// A group starts when those it depends on are ready, and stops before them.
const primary = new ClusterPrimary({
  groups: {
    bakery: { workerCount: 1, script: script('bakery'), dependsOn: ['mill'] },
    mill: { workerCount: 2, script: script('mill') },
  },
});
primary.on({
  fork: ({ data: { workerCount, group } }) => console.log(`${workerCount} to start: ${group}`),
  workerExit: ({ data: { worker } }) => console.log(`${worker.group} is closed`),
});
await primary.ready;

console.log(await primary.request({ message: { type: 'bake', loaves: 3 }, to: { group: 'bakery' } }));

// `drain()` and `resume()` of all groups, and a reload, keep the order too.
await primary.shutDown();
