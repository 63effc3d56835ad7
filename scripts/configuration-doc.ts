// Writes docs/configuration.md from the settings; with --check it compares instead.
import type { Setting } from '../config/setting.ts';
import { SETTINGS } from '../config/settings.ts';
import { UNUSED, type UnusedSetting } from '../config/unused.ts';
import { keepDoc } from './generated-doc.ts';

const HEAD = `# Configuration

Every setting comes from the environment, else from \`config.yml\` in the data directory, else from its default. An empty
value counts as not given. In \`config.yml\` the name of a setting is that of its variable, in lower case and without
\`AGENTICORE_\`, such as \`max_parallel_jobs: 5\` or \`redis_url: redis://localhost\`. All settings are checked at the start:
a wrong one is named, with where it came from, and nothing starts. A \`config.yml\` with the sections of the Python
agenticore (\`repos:\`, \`server:\`, \`redis:\` and so on) is understood, too.

\`agenticore config\` shows the settings in effect on a machine, and where each comes from.

## Settings

`;

const TAIL = `
A leading \`~\` is the home directory. Values of secrets are never shown.

## Routes

A job that names no profile gets that of the first rule that matches, else \`AGENTICORE_DEFAULT_PROFILE\`. The rules
can only be set in \`config.yml\`:

\`\`\`yaml
routes:
  - repo: github.com/acme/docs-* # * is any part of one name, ** any path
    profile: writer
  - words: [review, look over] # the task contains one of them, as whole words, in any case
    profile: review
  - repo: "**/legacy/**"
    words: [upgrade]
    profile: careful # a rule with both must match both
  - repo: github.com/acme/*
    profile: auto # a small model chooses
\`\`\`

A repository is matched by host and path, in any spelling of its URL: \`git@github.com:acme/app.git\` is
\`github.com/acme/app\`. A job's record says in \`profile_reason\` why it has its profile: \`explicit\`,
\`rule 1: repo github.com/acme/docs-*\` or \`default\`. \`agenticore profiles check\` finds rules whose profile does not exist.

For \`auto\`, in a job or in a rule, the model \`AGENTICORE_ROUTER_MODEL\` is given the task's first 8,192 characters, the
repository's address and what each profile's \`description\` says, and must name one of them: whatever a task says, no other
profile can be chosen. That is one run of at most two turns and without tools, before the agent starts, with the worker's credential, in the
sandbox and with the \`env\` of the default profile. Its cost is in the job's, its reason in \`profile_reason\`:
\`auto: the task asks for a review\`. If the model does not answer, the job does not fail: it gets the default profile, as in
\`auto: the model did not name a profile, default\`, and a warning in its events.

## Repositories over ssh

The worker reaches \`ssh://\` and \`git@host:path\` addresses with the keys of its own user, as ssh does when that user calls it:
those of \`~/.ssh\` or of an ssh agent, with \`~/.ssh/config\` and \`known_hosts\`. ssh looks in the home directory that
\`/etc/passwd\` names, whatever \`HOME\` is. No request can change that.

| Variable | What it is |
| --- | --- |
| \`SSH_AUTH_SOCK\` | Socket of an ssh agent. |
| \`GIT_SSH_COMMAND\` | As in git: OpenSSH with options of your own, such as \`ssh -i ~/.ssh/deploy -o IdentitiesOnly=yes -o UserKnownHostsFile=/etc/known_hosts\`, or a program that takes its options. |

ssh cannot prompt: a key with a passphrase must be in the agent, and an unknown host fails the job with
\`repo_auth_failed\`. Add the host with \`ssh-keyscan host >> ~/.ssh/known_hosts\`, and compare the key with what the host
publishes.

Agents get neither variable unless their profile's \`env\` names it. In the sandbox they see neither \`~/.ssh\` nor the socket, nor
anything in \`/run\` and \`/tmp\`; they can read a key in another place if the worker's user can. Pull requests are opened over the forge's API, which needs its token for
repositories over ssh, too.

## Temporal

Without any of these \`agenticore serve\` starts an embedded Temporal on a database in the data directory.

| Variable | What it is |
| --- | --- |
| \`TEMPORAL_ADDRESS\` | \`host:port\` of a Temporal service to use instead. |
| \`TEMPORAL_NAMESPACE\` | Its namespace; \`default\` when absent. |
| \`TEMPORAL_API_KEY\` | Key for Temporal Cloud; switches TLS on. |
| \`TEMPORAL_TLS\`, \`TEMPORAL_TLS_*\` | Certificates and server name, as in Temporal's own command line. |
| \`TEMPORAL_PROFILE\`, \`TEMPORAL_CONFIG_FILE\` | A profile of a Temporal configuration file; the file counts only when one of the two is set. |

## The model

The agent gets these from the environment of its worker, and otherwise only what it needs to run: no token of a git host,
no address of Temporal or Redis, and a home directory of its own. A login by \`claude login\` is therefore not seen: set a key,
or the token that \`claude setup-token\` prints.

| Variable | What it is |
| --- | --- |
| \`ANTHROPIC_API_KEY\`, \`ANTHROPIC_AUTH_TOKEN\`, \`CLAUDE_CODE_OAUTH_TOKEN\` | The credential: one of them. |
| \`ANTHROPIC_BASE_URL\`, \`ANTHROPIC_CUSTOM_HEADERS\` | Another address of the API, and what is sent with every request. |
| \`HTTPS_PROXY\`, \`HTTP_PROXY\`, \`ALL_PROXY\`, \`NO_PROXY\`, \`NODE_EXTRA_CA_CERTS\`, \`SSL_CERT_FILE\` and the like | The way out, and whom to trust on it. |

A profile may name further variables in its \`env\`, such as those of Bedrock or Vertex.

## The command line

| Variable | What it is |
| --- | --- |
| \`AGENTICORE_URL\` | URL of the server, like \`--url\`; without both, \`AGENTICORE_HOST\` and \`AGENTICORE_PORT\` give it. |
| \`AGENTICORE_API_KEY\` | Sent as \`X-API-Key\`. |
| \`NO_COLOR\`, \`FORCE_COLOR\` | No colours; colours also without a terminal. |

## Variables without effect

The Python agenticore and agent-orchestrator know these. Where one is set, \`serve\`, \`worker\` and \`config\` say that
it has no effect.

`;

/** The whole document. */
function configurationDoc(): string {
  const rows = Object.values<Setting<unknown>>(SETTINGS).map(row);
  const table = ['| Variable | Default | What it is |', '| --- | --- | --- |', ...rows].join('\n');
  const unused = ['| Variable | Why, and what there is instead |', '| --- | --- |', ...UNUSED.map(unusedRow)];
  return `${HEAD}${table}\n${TAIL}${unused.join('\n')}\n`;
}

function row({ variable, fallback, about, secret }: Setting<unknown>): string {
  const value = fallback === '' ? '' : `\`${fallback}\``;
  return `| \`${variable}\` | ${value} | ${about}${secret ? ' Secret.' : ''} |`;
}

const unusedRow = ({ variable, about }: UnusedSetting): string => `| \`${variable}\` | ${about} |`;

await keepDoc('configuration.md', configurationDoc(), 'configuration-doc');
