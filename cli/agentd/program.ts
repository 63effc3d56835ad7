import type { Command } from 'commander';
import { defined } from '../../contract/shared/defined.ts';
import { LOCAL_OWNER } from '../../contract/workflow/names.ts';
import { AGENTD_PORT } from '../address.ts';
import { wholeNumber } from '../command.ts';
import { createCommandLine } from '../command-line.ts';
import { runServer } from '../commands/serve.ts';
import { usageError } from '../errors.ts';
import { addExamples } from '../examples.ts';

/** The end of the program's help. */
export const AGENTD_EPILOGUE = `
Environment:
  AGENTD_AUTH_TOKEN     a token, like --auth-token
  AGENTD_AUTH_TOKENS    tokens, separated by commas
  AGENTD_CODEX_PROFILE  like --codex-profile

With one token or more, every request but GET /health needs one: Authorization: Bearer TOKEN. All tokens have the same
sessions, which are those of the time without tokens, too. The agent of profiles that name none is Codex. All settings of agenticore serve have their effect.
`;

interface AgentdOptions {
  authToken?: string[];
  maxConcurrency?: number;
  codexProfile?: string;
  codexExtraArg?: string[];
  host?: string;
  port?: string;
}

/** What agentd does where neither its command line nor a setting says otherwise. */
const DEFAULTS = {
  AGENTICORE_PORT: String(AGENTD_PORT),
  AGENTICORE_MAX_PARALLEL_JOBS: '4',
  AGENTICORE_DEFAULT_AGENT: 'codex',
};

/** The command line of agentd: `agenticore serve` with the options and the defaults of agent-orchestrator. */
export function createAgentd(): Command {
  const program = createCommandLine('agentd', 'Run the daemon of agentctl: agenticore serve with other defaults.')
    .option('--auth-token <token>', 'require this token; may be repeated', collect)
    .option('--max-concurrency <number>', 'agents at the same time (default: 4)', wholeNumber(1))
    .option('--codex-profile <name>', "Codex's own profile")
    .option('--codex-extra-arg <argument>', 'a further argument for Codex; may be repeated', collect)
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <number>', `port to listen on (default: ${AGENTD_PORT})`)
    .addHelpText('after', AGENTD_EPILOGUE)
    .action((options: AgentdOptions) =>
      runServer({
        env: serverEnvironment(options, process.env),
        defaults: DEFAULTS,
        tryIt: 'agentctl session create',
        worker: true,
      }),
    );
  addExamples(program);
  return program;
}

const collect = (token: string, before: string[] = []): string[] => [...before, token];

/** The environment of `agenticore serve` that means the same as this command line in `env`. */
export function serverEnvironment(
  { authToken = [], maxConcurrency, codexProfile, codexExtraArg = [], host, port }: AgentdOptions,
  { AGENTD_AUTH_TOKEN = '', AGENTD_AUTH_TOKENS = '', ...env }: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  if (authToken.some((token) => /^$|,/.test(token)))
    throw usageError('A token is not empty and has no comma.', 'Correct --auth-token; it may be repeated.');
  const given = [...authToken, AGENTD_AUTH_TOKEN, ...AGENTD_AUTH_TOKENS.split(',')].map((token) => token.trim());
  // Whoever has a token has all sessions: there are no owners in agent-orchestrator.
  const keys = [...new Set(given)].filter(Boolean).map((token) => `${LOCAL_OWNER}=${token}`);
  const all = [env.AGENTICORE_API_KEYS ?? '', ...keys].filter(Boolean).join(',');
  return {
    ...env,
    ...defined({
      AGENTICORE_API_KEYS: all === '' ? undefined : all,
      AGENTICORE_MAX_PARALLEL_JOBS: maxConcurrency?.toString(),
      AGENTICORE_CODEX_PROFILE: codexProfile,
      AGENTICORE_CODEX_EXTRA_ARGS: codexExtraArg.length === 0 ? undefined : codexExtraArg.join(' '),
      AGENTICORE_HOST: host,
      AGENTICORE_PORT: port,
    }),
  };
}
