import type { WorkflowStartOptions } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { DECISION_TIMEOUT, WORKFLOW_QUEUE } from '../../contract/workflow/names.ts';
import { SEARCH_ATTRIBUTE_TYPE, SEARCH_ATTRIBUTES } from '../../contract/workflow/search-attributes.ts';

/** A workflow to start. */
interface Start {
  /** Its first argument. */
  input: { indexed: boolean };
  /** What its memo says of the request. */
  request: object;
  /** Its line in the Web UI. */
  summary: string;
  /** By which it is found; null where there is no value. */
  attributes: Partial<Record<keyof typeof SEARCH_ATTRIBUTES, string | null>>;
}

/** How a workflow is started. An id that was used before is refused with `WorkflowExecutionAlreadyStartedError`. */
export function startOptions({ input, request, summary, attributes }: Start): Omit<WorkflowStartOptions, 'workflowId'> {
  return {
    taskQueue: WORKFLOW_QUEUE,
    args: [input],
    memo: { request },
    staticSummary: summary,
    workflowTaskTimeout: DECISION_TIMEOUT,
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowIdConflictPolicy: 'FAIL',
    typedSearchAttributes: input.indexed ? pairs({ status: 'queued', ...attributes }) : [],
  };
}

function pairs(attributes: Start['attributes']): NonNullable<WorkflowStartOptions['typedSearchAttributes']> {
  const names = Object.keys(SEARCH_ATTRIBUTES) as (keyof typeof SEARCH_ATTRIBUTES)[];
  return names.flatMap((name) => {
    const value = attributes[name];
    if (value == null) return [];
    return [{ key: defineSearchAttributeKey(SEARCH_ATTRIBUTES[name], SEARCH_ATTRIBUTE_TYPE), value }];
  });
}
