import { ListProfilesInput, ProfilePage } from '../../../contract/http/mcp-inputs.ts';
import type { ApiDeps } from '../../http/deps.ts';
import { listProfiles } from '../../profiles/list-profiles.ts';
import { inList } from '../paging/record.ts';
import { thatFit } from '../paging/size.ts';
import { defineTool, READ_ONLY, type McpTool } from '../tool.ts';

/** `list_profiles`: what a task may ask for as its profile. */
export const listProfilesTool = ({ config }: ApiDeps): McpTool =>
  defineTool({
    name: 'list_profiles',
    title: 'List profiles',
    description:
      'The profiles that run_task accepts: how the agent works, its model, and what it delivers. Pass next_cursor as cursor for the next page.',
    input: ListProfilesInput,
    output: ProfilePage,
    annotations: READ_ONLY,
    call: async ({ cursor = '0' }) => {
      const found = await listProfiles(config);
      const profiles = thatFit(found.slice(Number(cursor)).map(inList));
      const next = Number(cursor) + profiles.length;
      return { count: found.length, profiles, next_cursor: next < found.length ? String(next) : null };
    },
  });
