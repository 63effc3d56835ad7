import type { Command } from 'commander';
import { createCommandLine } from '../command-line.ts';
import { addExamples } from '../examples.ts';
import { registerApprovalVerbs } from './approvals.ts';
import { registerEventVerbs } from './events.ts';
import { registerRunVerbs } from './runs.ts';
import { registerSessionVerbs } from './sessions.ts';
import { registerToolVerbs } from './tools.ts';
import { addGlobalOptions, requestVerb } from './verb.ts';

/** The end of the program's help. */
export const AGENTCTL_EPILOGUE = `
Environment:
  AGENTCTL_URL         URL of the daemon, like --url
  AGENTCTL_AUTH_TOKEN  token of the daemon, like --auth-token

Replies are JSON on stdout; errors of the daemon are JSON on stderr.

Exit codes:
  0    success; run wait, tool session-wait: the run succeeded
  1    the run did not succeed, or what was named does not exist
  2    the command line is wrong, no daemon answers, or it refuses
  3    the reply lacks the field of --field
  124  the time of --timeout-s was over before the run
`;

/** The command line of agentctl, with the verbs of agent-orchestrator. */
export function createAgentctl(): Command {
  const program = createCommandLine('agentctl', 'Sessions of agents: messages, runs, children, approvals and events.');
  program.addHelpText('after', AGENTCTL_EPILOGUE);
  addGlobalOptions(program);
  for (const register of [
    registerSessionVerbs,
    registerRunVerbs,
    registerEventVerbs,
    registerToolVerbs,
    registerApprovalVerbs,
  ])
    register(program);
  const daemon = program.command('daemon').description('Look at the daemon');
  requestVerb(daemon.command('status').description('Print health, workers and queue of the daemon'), () => ({
    path: '/daemon/status',
  }));
  addExamples(program);
  return program;
}
