import { UsageGroupsReply, UsageQuery } from '../../../contract/http/usage.ts';
import type { ApiDeps } from '../../http/deps.ts';
import { defineTool, READ_ONLY, type McpTool } from '../tool.ts';

/** `usage`: tokens and cost, summed. */
export const usageTool = ({ usage }: ApiDeps): McpTool =>
  defineTool({
    name: 'usage',
    title: 'Sum up usage',
    description:
      'Tokens, turns and cost of your jobs, plans and runs that have ended, summed by day, profile, repository, API key or agent. What ended before complete_since may be missing.',
    input: UsageQuery,
    output: UsageGroupsReply,
    annotations: READ_ONLY,
    call: (query, { owner }) => usage.groups(owner, query),
  });
