import type { Client } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/codec-helpers.js';
import type { JobInput } from '../contract/workflow/job-spec.ts';

/** What a job's workflow was started with, from the first event of its history: only there is the whole task. */
export async function readInput({ workflow, options }: Client, id: string): Promise<JobInput | undefined> {
  const { history } = await workflow.workflowService.getWorkflowExecutionHistory({
    namespace: options.namespace,
    execution: { workflowId: id },
    maximumPageSize: 1,
  });
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  const [input] = await decodeArrayFromPayloads(options.loadedDataConverter, started?.input?.payloads);
  return input as JobInput | undefined;
}
