import type { ChildWorkflowOptions } from '@temporalio/workflow';
import { DECISION_TIMEOUT } from '../../contract/workflow/names.ts';
import { defined } from '../../contract/shared/defined.ts';
import type { SessionSpec } from '../../contract/workflow/session-state.ts';
import type { Introduction } from '../../contract/workflow/static-details.ts';
import { searchAttributePairs } from '../../contract/workflow/search-attributes.ts';

interface Start {
  indexed: boolean;
  owner: string;
  spec: SessionSpec;
  /** The static part of its memo. */
  request: object;
  /** What the Web UI shows of it from the start. */
  introduction: Introduction;
}

/** What a child workflow is started with beside its input, as the API does for those that it starts. */
export const startTerms = ({
  indexed,
  owner,
  spec: { profile, repo_url: repo, agent, profile_agent },
  request,
  introduction,
}: Start): Partial<ChildWorkflowOptions> => ({
  memo: { request },
  ...introduction,
  workflowTaskTimeout: DECISION_TIMEOUT,
  typedSearchAttributes: indexed
    ? searchAttributePairs({ status: 'queued', owner, profile, ...defined({ repo, agent: agent ?? profile_agent }) })
    : [],
});
