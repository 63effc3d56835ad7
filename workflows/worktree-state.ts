import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import { searchAttributePairs } from '../contract/workflow/search-attributes.ts';
import type { WorktreeState } from '../contract/workflow/worktree-state.ts';
import { detailsOf, failureRows, codeOf } from './web-ui-details.ts';

/** The live record of a worktree: every change goes to the memo and the Web UI at once. */
export class WorktreeProgress {
  readonly #indexed: boolean;
  #now: WorktreeState;

  constructor(indexed: boolean, known: WorktreeState = { status: 'preparing', pushed: false, error: null }) {
    this.#indexed = indexed;
    this.#now = known;
  }

  get now(): Readonly<WorktreeState> {
    return this.#now;
  }

  show(known: Partial<WorktreeState>): void {
    this.#now = { ...this.#now, ...known };
    upsertMemo({ worktree: this.#now });
    if (known.status !== undefined && this.#indexed)
      upsertSearchAttributes(searchAttributePairs({ status: known.status }));
    setCurrentDetails(describe(this.#now));
  }
}

const describe = ({ status, branch, hostname, path, error }: WorktreeState): string =>
  detailsOf({ status, branch: codeOf(branch), host: codeOf(hostname), path: codeOf(path), ...failureRows(error) });
