import { ModelName, ProfileName } from '../../contract/http/job-request.ts';
import { AUTO_PROFILE } from '../../contract/workflow/names.ts';
import { secret, setting } from '../setting.ts';
import { headerText, maybePath } from '../values.ts';

const oneProfile = ProfileName.refine((name) => name !== AUTO_PROFILE, 'must name a profile, which auto falls back to');

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
    ModelName,
    'haiku',
    'Model that chooses the profile of jobs with profile `auto`.',
  ),
  agentihooksPath: setting(
    'AGENTICORE_AGENTIHOOKS_PATH',
    maybePath,
    '',
    'A checkout of agentihooks whose profiles are offered too.',
  ),
  defaultMcpFile: setting(
    'AGENTICORE_DEFAULT_MCP_FILE',
    maybePath,
    '',
    'File on the workers, like an .mcp.json, with MCP servers of every job; plans have none.',
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
    'Client of Cloudflare Access in front of the model: agents send it with every request.',
  ),
  cfAccessClientSecret: secret('CF_ACCESS_CLIENT_SECRET', headerText, 'Its secret; agents can read it.'),
};
