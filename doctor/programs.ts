import type { AgentName } from '../contract/shared/agents.ts';
import type { Config } from '../config/index.ts';
import { outputOf } from '../processes/run-program.ts';
import { findProgram } from '../processes/spawn.ts';
import type { ResolvedProfile } from '../profiles/profile.ts';
import type { Agent } from '../runners/agent.ts';
import { simpleCredentials } from '../runners/secrets.ts';
import { fail, ok, warn, type Check } from './check.ts';

/** How long a program may take to tell its version (milliseconds); at its first start the CLI takes a while. */
const ASK_MS = 20_000;

/** Older ones know no GIT_CONFIG_GLOBAL, and would run on the user's own configuration. */
const OLDEST_GIT = [2, 32] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether git is there and new enough. */
export async function checkGit(): Promise<Check> {
  const version = await versionOf('git');
  const [, major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version ?? '') ?? []).map(Number);
  if (version === undefined) return fail('git', 'git is not on PATH.', 'Install git.');
  const isNew = major > OLDEST_GIT[0] || (major === OLDEST_GIT[0] && minor >= OLDEST_GIT[1]);
  return isNew
    ? ok('git', version)
    : fail('git', `${version} is too old.`, `Install git ${OLDEST_GIT.join('.')} or newer.`);
}

/** Whether files in Git LFS can be had; most repositories have none. */
export async function checkGitLfs(): Promise<Check> {
  const version = await versionOf('git-lfs');
  return version === undefined
    ? warn(
        'git-lfs',
        'Jobs get pointers in place of files in Git LFS, and cannot change these files.',
        'Install git-lfs.',
      )
    : ok('git-lfs', version);
}

const PROGRAMS = {
  claude: { title: 'Claude Code', pkg: '@anthropic-ai/claude-code', variable: 'AGENTICORE_CLAUDE_BINARY' },
  codex: { title: 'Codex', pkg: '@openai/codex', variable: 'AGENTICORE_CODEX_BINARY' },
} as const;

/** Whether the agents that the default and the profiles name can be started. */
export function checkAgents(config: Config, profiles: readonly ResolvedProfile[]): Promise<Check[]> {
  const binaries = { claude: config.claudeBinary, codex: config.codexBinary };
  const used = new Set([config.defaultAgent, ...profiles.map(({ agent }) => agent)]);
  return Promise.all([...used].map((agent) => checkAgent(PROGRAMS[agent], binaries[agent])));
}

async function checkAgent({ title, pkg, variable }: (typeof PROGRAMS)[AgentName], binary: string): Promise<Check> {
  const command = { file: binary, args: [], cwd: process.cwd(), env: { PATH: process.env.PATH ?? '' } };
  const remedy = `Install ${title} (npm install -g ${pkg}), or set ${variable}.`;
  try {
    const file = await findProgram(command, 'agent_missing');
    const version = await versionOf(file);
    return version === undefined
      ? fail(title, `${file} does not print its version.`, remedy)
      : ok(title, `${version} at ${file}`);
  } catch (error) {
    return fail(title, (error as Error).message, remedy);
  }
}

const CREDENTIALS = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN', 'OPENAI_API_KEY'];
const CLOUDS = ['CLAUDE_CODE_USE_BEDROCK', 'CLAUDE_CODE_USE_VERTEX', 'CLAUDE_CODE_USE_FOUNDRY'];

/** Whether agents will find a credential for their model; it is not tried, since that would cost. */
export function checkLogin(
  agent: Pick<Agent, 'passedVariables'>,
  profiles: readonly ResolvedProfile[],
  env: Environment = process.env,
): Check {
  const [simple] = simpleCredentials(agent, env);
  if (simple !== undefined) return warn('model login', simple, 'Use a longer value if it is a secret.');
  const set = CREDENTIALS.find((name) => agent.passedVariables.includes(name) && env[name]);
  if (set !== undefined) return ok('model login', `${set} is set`);
  const cloud = CLOUDS.find((name) => env[name]);
  if (cloud !== undefined && profiles.some((profile) => profile.env.includes(cloud)))
    return ok('model login', `${cloud} is set, and a profile passes it on`);
  if (cloud !== undefined)
    return fail(
      'model login',
      `${cloud} is set, but no profile passes it on.`,
      `Add ${cloud} and its credentials to the \`env\` of a profile.`,
    );
  return fail(
    'model login',
    'Agents have no credential for their model; a login by `claude login` or `codex login` is not seen by them.',
    'For Claude Code set ANTHROPIC_API_KEY, or run `claude setup-token` and set CLAUDE_CODE_OAUTH_TOKEN; for Codex set OPENAI_API_KEY.',
  );
}

/** Whether there is a token for private repositories, for pushing and for pull requests. */
export function checkToken({ githubToken, githubAppId, gitlabToken, giteaToken }: Config): Check {
  const tokens = {
    GITHUB_TOKEN: githubToken,
    GITHUB_APP_ID: githubAppId,
    GITLAB_TOKEN: gitlabToken,
    GITEA_TOKEN: giteaToken,
  };
  const set = Object.entries(tokens).filter(([, value]) => value !== undefined);
  return set.length === 0
    ? warn(
        'git login',
        'Only public repositories can be read over https, and none can be pushed to.',
        'Set GITHUB_TOKEN (or a GitHub App, GITLAB_TOKEN, GITEA_TOKEN).',
      )
    : ok('git login', `set: ${set.map(([name]) => name).join(', ')}`);
}

async function versionOf(file: string): Promise<string | undefined> {
  return (await outputOf(file, ['--version'], ASK_MS))?.trim().split('\n')[0];
}
