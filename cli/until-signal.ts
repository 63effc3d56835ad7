/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once, since the first did not help. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        resolve(signal);
        process.once(signal, () => process.kill(process.pid, 'SIGKILL'));
      });
    }
  });
}
