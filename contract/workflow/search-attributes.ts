/**
 * Search attributes of a job, all of type Keyword, by which `GET /jobs` filters. No imports: workflows use them too.
 */
export const SEARCH_ATTRIBUTES = {
  status: 'AgenticoreStatus',
  repo: 'AgenticoreRepo',
  profile: 'AgenticoreProfile',
  owner: 'AgenticoreOwner',
  pr: 'AgenticorePr',
  session: 'AgenticoreSession',
  worktree: 'AgenticoreWorktree',
} as const;

/** The one type of all SEARCH_ATTRIBUTES, as the SDK spells it. */
export const SEARCH_ATTRIBUTE_TYPE = 'KEYWORD';
