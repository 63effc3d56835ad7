import type { Client } from '../client.ts';
import { oneLine } from '../output/sanitize.ts';
import { approvalInput } from '../output/session.ts';
import type { TopItem } from './items.ts';

/** What is asked before something is done, and what is done on a yes: it answers what came of it. */
export interface Confirmation {
  words: string;
  yes: () => Promise<string>;
}

type SessionItem = Exclude<TopItem['what'], { kind: 'job' }>;

const sessionOf = (what: SessionItem): string => (what.kind === 'session' ? what.session.id : what.approval.session_id);

/** The command in which a person talks to the session. */
export const attachCommand = (what: SessionItem): string[] => ['attach', sessionOf(what)];

/** The command that shows what is said and done in an item. */
export function logsCommand({ what }: TopItem): string[] {
  return what.kind === 'job' ? ['logs', what.job.id, '--follow'] : ['session', 'events', sessionOf(what), '--follow'];
}

/** Undefined where nothing runs. */
export function cancelQuestion(client: Client, { what }: TopItem): Confirmation | undefined {
  if (what.kind === 'approval') return undefined;
  if (what.kind === 'job') {
    const { id, ended_at } = what.job;
    const yes = async (): Promise<string> => `${id.slice(0, 8)} ${(await client.cancel(id)).status}`;
    return ended_at === null ? { words: `Cancel job ${id}?`, yes } : undefined;
  }
  const id = what.session.active_run_id;
  if (id === null) return undefined;
  const yes = async (): Promise<string> => `${id.slice(0, 8)} ${(await client.sessions.cancelRun(id)).status}`;
  return { words: `Cancel run ${id}?`, yes };
}

/** Decides an approval; answers what came of it. */
export async function decide(client: Client, { what }: TopItem, decision: 'allow' | 'deny'): Promise<string> {
  if (what.kind !== 'approval') return 'Choose an approval first.';
  const { id, session_id, tool } = what.approval;
  const { status } = await client.sessions.decide(id, { decision, session_id });
  return oneLine(`${status}: ${tool} ${approvalInput(what.approval)}`);
}
