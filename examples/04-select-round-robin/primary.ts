import { ClusterPrimary } from 'phased-cluster';

await using primary = await new ClusterPrimary({ workerScript: new URL('./worker.js', import.meta.url) }).ready;
for (const name of ['anna', 'ben', 'cleo']) await primary.fork({ name });

const select = (tag: string, times: number): string =>
  Array.from({ length: times }, () => primary.roundRobin({ tag })?.name).join(' ');

console.log(`soup:  ${select('soup', 4)}`);
console.log(`bread: ${select('bread', 2)}   (every tag has a round of its own)`);
console.log(`soup:  ${select('soup', 2)}`);

await primary.fork({ name: 'dora' });
console.log(`soup:  ${select('soup', 4)}   (a newcomer comes first)`);

await primary.worker('ben')?.destroy();
console.log(`soup:  ${select('soup', 4)}   (ben is gone)`);
