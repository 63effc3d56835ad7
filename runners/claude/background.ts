import { blocksOf, type ClaudeMessage } from './messages.ts';

/** Most characters of a command in a warning. */
const MAX_TITLE = 200;

/** What runs in the background. */
interface Task {
  id: string;
  /** The command, or what a subagent does. */
  title: string;
}

/** What a tool call says of the task that it starts. */
interface ToolCall {
  isMonitor: boolean;
  command: string | undefined;
}

/**
 * What the agent has left running in the background, as the CLI tells it. The CLI speaks again by itself when a
 * subagent, a monitor or a command has something to report.
 */
export class BackgroundTasks {
  #open: NonNullable<ClaudeMessage['tasks']> = [];
  readonly #calls = new Map<string, ToolCall>();
  readonly #callOf = new Map<string, string>();
  /** Something has ended that the model was not told of. */
  #isNews = false;

  take(message: ClaudeMessage): void {
    if (message.type === 'assistant') this.#noteCalls(message);
    if (message.type !== 'system') return;
    const { subtype, task_id: id = '', tool_use_id: call = '' } = message;
    if (subtype === 'background_tasks_changed') this.#open = message.tasks ?? [];
    if (subtype === 'task_started') this.#callOf.set(id, call);
    if (subtype === 'task_notification' && message.status !== 'stopped')
      this.#isNews ||= this.#open.some((task) => task.task_id === id);
    if (beginsTurn(message)) this.#isNews = false;
  }

  /**
   * What the agent waits for after its words: `reports` of subagents and monitors, `commands` alone, or its own next
   * words on `news`; undefined where it is done.
   */
  get waitsFor(): 'reports' | 'commands' | 'news' | undefined {
    if (this.#open.some((task) => !this.#isCommand(task))) return 'reports';
    if (this.#isNews) return 'news';
    return this.#open.length > 0 ? 'commands' : undefined;
  }

  /** The agent says nothing about what has ended. */
  dropNews(): void {
    this.#isNews = false;
  }

  /** Everything that still runs. */
  get running(): Task[] {
    return this.#open.map(({ task_id: id = '', description = '' }) => ({
      id,
      title: (this.#callFor(id)?.command ?? description).slice(0, MAX_TITLE),
    }));
  }

  #noteCalls({ message }: ClaudeMessage): void {
    for (const { type, id, name, input } of blocksOf(message?.content)) {
      if (type !== 'tool_use' || id === undefined) continue;
      const { command } = (input ?? {}) as { command?: unknown };
      const said = typeof command === 'string' ? command : undefined;
      this.#calls.set(id, { isMonitor: name === 'Monitor', command: said });
    }
  }

  /** The CLI calls the command of a monitor a command, too. */
  #isCommand({ task_id: id = '', task_type: type }: { task_id?: string; task_type?: string }): boolean {
    return type === 'local_bash' && this.#callFor(id)?.isMonitor !== true;
  }

  #callFor(task: string): ToolCall | undefined {
    return this.#calls.get(this.#callOf.get(task) ?? '');
  }
}

/** Whether the main agent, and no subagent, asks its model. */
export const beginsTurn = ({ type, subtype, status }: ClaudeMessage): boolean =>
  type === 'system' && subtype === 'status' && status === 'requesting';
