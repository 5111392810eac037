/** The process or thread of a workerpool. */
import workerpool from 'workerpool';

workerpool.worker({ echo: (task: unknown) => task });
