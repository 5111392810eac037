/** A process warning, as it was asked for. */
export interface CapturedWarning {
  readonly message: string;
  readonly type: string | undefined;
  readonly code: string | undefined;
}

/** The process warnings that `run` asks for; they are not printed. */
export async function capturedWarnings(run: () => unknown): Promise<readonly CapturedWarning[]> {
  const warnings: CapturedWarning[] = [];
  const original = process.emitWarning;
  process.emitWarning = (warning: string | Error, options?: unknown) => {
    const { type, code } = (options ?? {}) as { readonly type?: string; readonly code?: string };
    warnings.push({ message: String(warning), type, code });
  };
  try {
    await run();
  } finally {
    process.emitWarning = original;
  }
  return warnings;
}
