import { z } from 'zod';
import { CompletionRecord, CompletionRequest } from '../../../contract/http/completions.ts';
import { RunTaskInput } from '../../../contract/http/mcp-inputs.ts';
import { SessionId } from '../../../contract/http/session.ts';
import type { ApiDeps } from '../../http/deps.ts';
import { defineTool, type McpTool } from '../tool.ts';
import { awaitRun } from '../wait-run.ts';

const Input = CompletionRequest.extend({
  // Callers fill in every field that they see.
  uuid: SessionId.optional().describe('Names the conversation; a new one when absent.'),
  context: z.string().optional().describe('Told to the agent beside the message: a text or JSON.'),
  meta: z.string().optional().describe('Passed over.'),
  wait_timeout_s: RunTaskInput.shape.wait_timeout_s,
});

/** `agent_completions`: asks an agent package, under the name that Python agenticore gave it. */
export const agentCompletionsTool = (deps: ApiDeps): McpTool =>
  defineTool({
    ...{ name: 'agent_completions', title: 'Ask an agent package', subject: 'sessions' },
    description:
      'Tells the agent package of this server something and answers with what its agent says; the same uuid goes on with the conversation. With wait: false it answers at once: read the run with get_run.',
    input: Input,
    output: CompletionRecord,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    call: async ({ wait_timeout_s, ...request }, caller) => {
      const { owner } = caller;
      const { uuid, run } = await deps.completions.start(request, await deps.packages(), { owner });
      return deps.completions.ofRun(uuid, request.wait ? await awaitRun(deps, run, wait_timeout_s, caller) : run);
    },
  });
