/** More of a stack nobody reads. */
const mostFrames = 50;

/** Longer names and paths are cut. */
const longestFrame = 1_024;

/** A report that is longer is none. */
export const longestReport = 64 * 1024;

/**
 * The frames that a watchdog reports in answer to the question of this number, innermost first; `undefined` if it is no
 * such report, or an empty one.
 *
 * It is untrusted: whatever it is, this does not throw.
 */
export function readStackReport(line: string, question: number): readonly string[] | undefined {
  let report: unknown;
  try {
    report = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!Array.isArray(report) || report[0] !== question) return undefined;

  const frames = report.slice(1, 1 + mostFrames);
  if (frames.length === 0 || !frames.every(isText)) return undefined;

  return Object.freeze(frames.map(frame => frame.slice(0, longestFrame)));
}

function isText(frame: unknown): frame is string {
  return typeof frame === 'string';
}
