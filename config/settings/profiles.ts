import { z } from 'zod';
import { ModelName, ProfileName } from '../../contract/http/job-request.ts';
import { AUTO_PROFILE } from '../../contract/workflow/names.ts';
import { secret, setting } from '../setting.ts';
import { headerText, maybePath } from '../values.ts';

const oneProfile = ProfileName.refine(
  (name) => name !== AUTO_PROFILE,
  'must name a profile other than auto, since auto falls back to it',
);

/** What agents are set up with. */
export const PROFILES = {
  defaultProfile: {
    ...setting(
      'AGENTICORE_DEFAULT_PROFILE',
      oneProfile,
      'code',
      'Profile of jobs that name none, and where none can be chosen for profile `auto`; `AGENTIHOOKS_PROFILE` is read, too.',
    ),
    formerly: 'AGENTIHOOKS_PROFILE',
  },
  routerModel: setting(
    'AGENTICORE_ROUTER_MODEL',
    z.union([z.literal('').transform(() => undefined), ModelName]),
    '',
    'Model that chooses the profile of jobs with profile `auto`; for Claude Code `haiku` when absent, for Codex its own.',
  ),
  agentihooksPath: setting(
    'AGENTICORE_AGENTIHOOKS_PATH',
    maybePath,
    '',
    'A checkout of agentihooks; its profiles can be used too.',
  ),
  defaultMcpFile: setting(
    'AGENTICORE_DEFAULT_MCP_FILE',
    maybePath,
    '',
    'An .mcp.json file on the workers with MCP servers for every job; not used for plans.',
  ),
  mcpFilesDir: setting(
    'AGENTICORE_MCP_FILES_DIR',
    maybePath,
    '',
    'Directory, the same on all hosts, of the .mcp.json files that jobs may name as `file_path`; without it none may.',
  ),
  cfAccessClientId: secret(
    'CF_ACCESS_CLIENT_ID',
    headerText,
    'Client id for Cloudflare Access in front of the model; agents send it with every request.',
  ),
  cfAccessClientSecret: secret(
    'CF_ACCESS_CLIENT_SECRET',
    headerText,
    'Client secret for Cloudflare Access; agents can read it.',
  ),
};
