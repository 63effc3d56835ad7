import { z } from 'zod';
import { ProfileName } from '../../contract/http/job-request.ts';
import { setting } from '../setting.ts';
import { flag, maybePath, maybeText, text, whole, YEAR_S } from '../values.ts';

const maybeName = z.union([z.literal('').transform(() => undefined), ProfileName]);

/** Agents that are served as models, and the repositories that agents are set up from. */
export const AGENT_MODE = {
  agentMode: setting('AGENT_MODE', flag, 'false', 'Whether agent packages are served as OpenAI-compatible models.'),
  packageDir: setting('AGENT_MODE_PACKAGE_DIR', maybePath, '', 'Folder of an agent package.'),
  packageRepoUrl: setting(
    'PACKAGE_REPO_URL',
    maybeText,
    '',
    'Repository of an agent package, fetched at the start and by `POST /admin/sync`.',
  ),
  packageRepoBranch: setting('PACKAGE_REPO_BRANCH', text, 'main', 'Branch of that repository.'),
  agentihubDir: setting('AGENTIHUB_DIR', maybePath, '', 'Folder with agent packages, each in `agents/<name>/package`.'),
  agentihubAgent: setting(
    'AGENTIHUB_AGENT',
    maybeName,
    '',
    'The one package of the hub to serve, all of them when absent; and the name of a single package, by default that of its folder.',
  ),
  agentModeFolder: setting(
    'AGENT_MODE_FOLDER',
    maybePath,
    '',
    'Folder that agent packages may read. The bundled package answers questions about it; for it the default is the repository in which the worker was started.',
  ),
  appendSystemPrompt: setting(
    'AGENT_MODE_APPEND_SYSTEM_PROMPT',
    flag,
    'true',
    "Whether the system.md of a package is added to Claude Code's own system prompt, or replaces it.",
  ),
  agentModeTimeout: setting(
    'AGENT_MODE_TIMEOUT',
    whole(1, YEAR_S),
    '3600',
    'Seconds that a turn of a package may take, unless its command.yml sets a timeout.',
  ),
  modelWaitS: setting(
    'AGENT_MODE_MODEL_WAIT_S',
    whole(0, YEAR_S),
    '30',
    'Seconds for which a turn asks a model again that is overloaded or fails; then it ends with an error.',
  ),
  conversationTtl: setting(
    'AGENT_MODE_SESSION_TTL',
    whole(1, YEAR_S),
    '86400',
    'Seconds after its last message for which a conversation is found again.',
  ),
  convHashFallback: setting(
    'AGENTICORE_CONV_HASH_FALLBACK',
    flag,
    'true',
    'Whether a conversation without an id is found by all that was said in it before.',
  ),
  spareAgents: setting(
    'AGENTICORE_SPARE_AGENTS',
    whole(0, 100),
    '1',
    'How many started agents a worker keeps ready for new conversations with a package and a model. 0: none.',
  ),
  bootstrapScript: setting(
    'AGENTICORE_BOOTSTRAP_SCRIPT',
    maybePath,
    '',
    'Bash script that a worker in agent mode runs when it starts, before the `runners/` of its packages.',
  ),
  agentihubUrl: setting(
    'AGENTICORE_AGENTIHUB_URL',
    maybeText,
    '',
    'Repository with agent packages, each in `agents/<name>/package`; fetched like PACKAGE_REPO_URL.',
  ),
  agentihubBranch: setting('AGENTICORE_AGENTIHUB_BRANCH', maybeText, '', 'Branch of that repository.'),
  agentihooksUrl: setting(
    'AGENTICORE_AGENTIHOOKS_URL',
    maybeText,
    '',
    'Repository of agentihooks, whose `profiles/` can be used too; fetched like PACKAGE_REPO_URL.',
  ),
  agentihooksBranch: setting('AGENTICORE_AGENTIHOOKS_BRANCH', maybeText, '', 'Branch of that repository.'),
  bundleUrl: setting(
    'AGENTICORE_AGENTIHOOKS_BUNDLE_URL',
    maybeText,
    '',
    'Repository of a bundle, whose `profiles/` can be used too; fetched like PACKAGE_REPO_URL.',
  ),
  bundleBranch: setting('AGENTICORE_AGENTIHOOKS_BUNDLE_BRANCH', maybeText, '', 'Branch of that repository.'),
};
