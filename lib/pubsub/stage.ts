/** The stage that is the event's own work: the method `_event<Name>` of the publisher. Nobody can subscribe to it. */
export const completeStage = 'complete';

/** The stages of an event whose definition names none, in order. */
export const defaultStages: readonly string[] = Object.freeze(['before', 'on', completeStage, 'after']);

/** Stands for the stage at which twins see an event, whichever that is: see {@link twinStageOf}. */
export const twinStage = '';

/** How many stages an event may have: an event keeps the prevented ones as bits of a small integer. */
export const maxStages = 16;

/** Where the twins (`once`, `events`, `observe`) see an event: at `after`, or at the last stage where there is none. */
export function twinStageOf(stages: readonly string[]): string | undefined {
  return stages.includes('after') ? 'after' : stages.findLast(stage => stage !== completeStage);
}
