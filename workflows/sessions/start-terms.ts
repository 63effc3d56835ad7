import type { ChildWorkflowOptions } from '@temporalio/workflow';
import { DECISION_TIMEOUT } from '../../contract/workflow/names.ts';
import { searchAttributePairs } from '../../contract/workflow/search-attributes.ts';

interface Start {
  indexed: boolean;
  owner: string;
  profile: string;
  /** The static part of its memo. */
  request: object;
  /** What its line in the Web UI begins with. */
  summary: string;
}

/** What a child workflow is started with beside its input, as the API does for those that it starts. */
export const startTerms = ({ indexed, owner, profile, request, summary }: Start): Partial<ChildWorkflowOptions> => ({
  memo: { request },
  staticSummary: summary.split('\n', 1)[0]?.slice(0, 100) ?? '',
  workflowTaskTimeout: DECISION_TIMEOUT,
  typedSearchAttributes: indexed ? searchAttributePairs({ status: 'queued', owner, profile }) : [],
});
