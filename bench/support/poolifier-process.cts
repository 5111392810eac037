/**
 * The process of a poolifier pool. Not an ES module: such a one is loaded later, and the first words of the pool, which this
 * worker waits for, would be lost.
 */
const { ClusterWorker } = require('poolifier');

new ClusterWorker((task: unknown) => task);
