/** The thread of a poolifier pool. */
import { ThreadWorker } from 'poolifier';

export default new ThreadWorker((task: unknown) => task);
