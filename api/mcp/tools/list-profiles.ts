import { ProfileReply } from '../../../contract/http/replies.ts';
import { ListProfilesInput } from '../../../contract/http/mcp-inputs.ts';
import type { ApiDeps } from '../../http/deps.ts';
import { listProfiles } from '../../profiles/list-profiles.ts';
import { defineTool, READ_ONLY, type McpTool } from '../tool.ts';

/** `list_profiles`: what a task may ask for as its profile. */
export const listProfilesTool = ({ config }: ApiDeps): McpTool =>
  defineTool({
    name: 'list_profiles',
    title: 'List profiles',
    description: 'The profiles that run_task accepts: how the agent works, its model, and what it delivers.',
    input: ListProfilesInput,
    output: ProfileReply,
    annotations: READ_ONLY,
    call: async () => {
      const found = await listProfiles(config);
      return { count: found.length, profiles: found };
    },
  });
