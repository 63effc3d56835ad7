import type { ServerMessage } from './protocol.ts';

/** Which MCP servers of the CLI have started, or failed to. */
export class ServerStartup {
  readonly #settled = new Set<string>();
  #wake = (): void => undefined;

  /** Reads a message of the CLI. */
  note(message: ServerMessage): void {
    if (message.method !== 'mcpServer/startupStatus/updated' || message.params.status === 'starting') return;
    this.#settled.add(message.params.name);
    this.#wake();
  }

  /** Resolves when nothing more is to come of any of `names`. */
  async of(names: readonly string[]): Promise<void> {
    while (!names.every((name) => this.#settled.has(name))) await new Promise<void>((wake) => (this.#wake = wake));
  }
}
