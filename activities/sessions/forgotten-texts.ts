import { readFile } from 'node:fs/promises';
import type { TurnStep } from '../../contract/workflow/run-state.ts';
import { eventsAfter } from '../../events/event-log.ts';
import { readTranscript } from '../../runners/transcripts.ts';
import type { SessionStore } from '../../runners/agent.ts';
import type { Deps } from '../deps.ts';
import { jobPaths } from '../paths.ts';

/**
 * How many of the texts that an earlier attempt of the turn has said the agent does not remember: its process died
 * before it wrote them down. Readers were told of them, and will be told again. 0 where that cannot be known.
 */
export async function forgottenTexts(
  { events, log, settings }: Pick<Deps, 'events' | 'log' | 'settings'>,
  sessions: SessionStore,
  { job_id, number }: TurnStep,
  agentSession: string,
): Promise<number> {
  try {
    const transcript = await sessions.find(jobPaths(settings, { job_id }).config, agentSession);
    if (transcript === undefined) return 0;
    const said: string[] = [];
    for await (const { event, run } of eventsAfter(events, job_id))
      if (run === number && event.type === 'text') said.push(event.text);
    const { said: remembered } = readTranscript(await readFile(transcript, 'utf8'));
    // Of what was written down last the log may not have been told.
    const known = remembered.findLast((block) => block.type === 'text' && said.includes(block.text));
    return said.length - 1 - (known?.type === 'text' ? said.lastIndexOf(known.text) : -1);
  } catch (error) {
    log.warn({ session: job_id, error }, 'could not compare what was said with what the agent remembers');
    return 0;
  }
}
