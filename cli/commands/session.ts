import type { Command } from 'commander';
import { registerApprovals } from './session/approvals.ts';
import { registerCreate } from './session/create.ts';
import { registerEvents } from './session/events.ts';
import { registerFamily } from './session/family.ts';
import { registerList } from './session/list.ts';
import { registerRuns } from './session/runs.ts';
import { registerSend } from './session/send.ts';

/** `agenticore session`: long-lived agents, their runs and their approvals. */
export function registerSession(program: Command): void {
  const session = program
    .command('session')
    .description('Work with sessions: agents that answer message after message');
  for (const register of [registerCreate, registerSend, registerList, registerEvents]) register(session);
  for (const register of [registerRuns, registerApprovals, registerFamily]) register(session);
}
