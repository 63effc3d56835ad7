import type { WorkflowStartOptions } from '@temporalio/client';
import { DECISION_TIMEOUT, WORKFLOW_QUEUE } from '../../contract/workflow/names.ts';
import type { Introduction } from '../../contract/workflow/static-details.ts';
import { searchAttributePairs, type SearchValues } from '../../contract/workflow/search-attributes.ts';

/** A workflow to start. */
interface Start {
  /** Its first argument. */
  input: { indexed: boolean };
  /** What its memo says of the request. */
  request: object;
  /** What the Web UI shows of it from the start. */
  introduction: Introduction;
  /** By which it is found; null where there is no value. */
  attributes: SearchValues;
}

/** How a workflow is started. An id that was used before is refused with `WorkflowExecutionAlreadyStartedError`. */
export function startOptions({
  input,
  request,
  introduction,
  attributes,
}: Start): Omit<WorkflowStartOptions, 'workflowId'> {
  return {
    taskQueue: WORKFLOW_QUEUE,
    args: [input],
    memo: { request },
    ...introduction,
    workflowTaskTimeout: DECISION_TIMEOUT,
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowIdConflictPolicy: 'FAIL',
    typedSearchAttributes: input.indexed ? searchAttributePairs({ status: 'queued', ...attributes }) : [],
  };
}
