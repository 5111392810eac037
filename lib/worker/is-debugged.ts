/** Whether a debugger can attach to this process, or has: then it may stand still for as long as somebody thinks. */
export function isDebugged(): boolean {
  // Not imported: that would make the start of every worker longer. A Node without inspector has none.
  return process.getBuiltinModule('node:inspector')?.url() !== undefined;
}
