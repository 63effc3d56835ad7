import { PlanQuery } from '../../../contract/http/plan.ts';
import {
  ExecutePage,
  ExecutePlanInput,
  PlanInput,
  PlanListPage,
  PlanMadePage,
  PlanPage,
  PlanTaskInput,
} from '../../../contract/http/mcp-inputs.ts';
import type { ApiDeps } from '../../http/deps.ts';
import { madeReply } from '../../plans/record.ts';
import { inList, jobPage, recordPage } from '../paging/record.ts';
import { fittingPage, ROOM } from '../paging/size.ts';
import { defineTool, READ_ONLY, type McpTool } from '../tool.ts';
import { waitForEnd } from '../wait.ts';

/** `plan_task`: has a plan made, and waits for it if asked. */
export function planTaskTool(deps: ApiDeps): McpTool {
  return defineTool({
    name: 'plan_task',
    title: 'Plan a task',
    description:
      'A read-only coding agent makes a plan for a task on a fresh checkout of repo_url; it changes nothing. Answers at once with plan_id (ask get_plan), or with wait: true when the plan is there. execute_plan does it.',
    input: PlanTaskInput,
    output: PlanMadePage,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
    call: async ({ wait, wait_timeout_s, idempotency_key, ...request }, caller) => {
      const job = await deps.plans.submit(request, { owner: caller.owner, key: idempotency_key });
      const timeoutMs = wait_timeout_s * 1_000;
      const plan = await deps.plans.of(wait ? await waitForEnd(deps, { ...caller, job, timeoutMs }) : job);
      // Half of the room: the answer has the content twice.
      const { record, ...page } = recordPage(plan, undefined, ROOM / 2);
      return { ...madeReply(record), ...page };
    },
  });
}

/** `get_plan`: a plan, with its text. */
export function getPlanTool({ plans }: ApiDeps): McpTool {
  return defineTool({
    name: 'get_plan',
    title: 'Read a plan',
    description:
      'A plan: its status (pending, ready or failed), its content, its cost, and the job that executes it. job_events with planning_job_id shows what its agent does. Where its texts are too long for one answer, cut names those of which only a part is here; pass next_cursor as cursor for the next part, until it is null.',
    input: PlanInput,
    output: PlanPage,
    annotations: READ_ONLY,
    call: async ({ plan_id, cursor }, { owner }) => {
      const { record: plan, ...page } = recordPage(await plans.get(plan_id, owner), cursor);
      return { plan, ...page };
    },
  });
}

/** `list_plans`: a page of plans, without their text. */
export function listPlansTool({ plans }: ApiDeps): McpTool {
  return defineTool({
    name: 'list_plans',
    title: 'List plans',
    description:
      'Lists plans without their content: pending ones first, then the newest, as many as fit into one answer. Pass next_cursor as cursor for the next page.',
    input: PlanQuery,
    output: PlanListPage,
    annotations: READ_ONLY,
    call: (query, { owner }) =>
      fittingPage(query.limit, async (limit) => {
        const page = await plans.list(owner, { ...query, limit });
        return { ...page, plans: page.plans.map(inList) };
      }),
  });
}

/** `execute_plan`: starts the job that does what a plan says, and waits for its end if asked. */
export function executePlanTool(deps: ApiDeps): McpTool {
  return defineTool({
    name: 'execute_plan',
    title: 'Execute a plan',
    description:
      "Start a job that does a plan's task by the plan. What is not said is as it was for the plan. The same call again answers the same job; again: true starts one more. Answers at once (ask get_job), or with wait: true when the job has ended.",
    input: ExecutePlanInput,
    output: ExecutePage,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    call: async ({ plan_id, wait, wait_timeout_s, ...request }, caller) => {
      const started = await deps.plans.execute(plan_id, caller.owner, request);
      const timeoutMs = wait_timeout_s * 1_000;
      const job = wait ? await waitForEnd(deps, { ...caller, job: started, timeoutMs }) : started;
      return { plan_id, job_id: job.id, ...jobPage(job) };
    },
  });
}
