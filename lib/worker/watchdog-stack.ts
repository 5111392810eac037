import { type Debugger, type InspectorNotification, Session } from 'node:inspector';

/** More of a stack nobody reads. */
const mostFrames = 50;

/** A thread that only now runs on is caught at its next statement; one in native code cannot be caught. */
const longestWait = 450;

/**
 * Where the main thread of this process stands, innermost frame first, as `function (url:line:column)`; to be called in
 * another thread. `undefined` if the main thread runs no JavaScript.
 *
 * The main thread is held for the moment that this takes.
 */
export function mainThreadStack(): Promise<readonly string[] | undefined> {
  return new Promise(resolve => {
    const session = new Session();
    session.connectToMainThread();
    const urls = new Map<string, string>();
    const end = (frames: readonly Debugger.CallFrame[] = []) => {
      clearTimeout(timer);
      // Lets the main thread go.
      session.disconnect();
      resolve(frames.length > 0 ? frames.slice(0, mostFrames).map(frame => described(frame, urls)) : undefined);
    };
    const timer = setTimeout(end, longestWait);
    session.on('Debugger.scriptParsed', ({ params }: InspectorNotification<Debugger.ScriptParsedEventDataType>) => {
      urls.set(params.scriptId, params.url);
    });
    session.once('Debugger.paused', ({ params }: InspectorNotification<Debugger.PausedEventDataType>) => {
      end(params.callFrames);
    });
    session.post('Debugger.enable');
    session.post('Debugger.pause');
  });
}

function described({ functionName, location }: Debugger.CallFrame, urls: ReadonlyMap<string, string>): string {
  const { scriptId, lineNumber, columnNumber = 0 } = location;
  const place = `${urls.get(scriptId) || 'unknown'}:${lineNumber + 1}:${columnNumber + 1}`;
  return `${functionName || '(anonymous)'} (${place})`;
}
