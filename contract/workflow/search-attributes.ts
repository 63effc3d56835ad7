/**
 * Search attributes of a job, all of type Keyword, by which `GET /jobs` filters. No imports: workflows use them too.
 */
export const SEARCH_ATTRIBUTES = {
  status: 'AgenticoreStatus',
  repo: 'AgenticoreRepo',
  profile: 'AgenticoreProfile',
  agent: 'AgenticoreAgent',
  owner: 'AgenticoreOwner',
  pr: 'AgenticorePr',
  session: 'AgenticoreSession',
  worktree: 'AgenticoreWorktree',
} as const;

/** The one type of all SEARCH_ATTRIBUTES, as the SDK spells it. */
export const SEARCH_ATTRIBUTE_TYPE = 'KEYWORD';

/** Values of attributes by the names above. */
export type SearchValues = Partial<Record<keyof typeof SEARCH_ATTRIBUTES, string | null>>;

interface Pair {
  key: { name: string; type: typeof SEARCH_ATTRIBUTE_TYPE };
  value: string;
}

/** The values as the SDK takes them; those that are not known are left out. */
export const searchAttributePairs = (values: SearchValues): Pair[] =>
  (Object.keys(SEARCH_ATTRIBUTES) as (keyof typeof SEARCH_ATTRIBUTES)[]).flatMap((name) => {
    const value = values[name];
    return value == null ? [] : [{ key: { name: SEARCH_ATTRIBUTES[name], type: SEARCH_ATTRIBUTE_TYPE }, value }];
  });
