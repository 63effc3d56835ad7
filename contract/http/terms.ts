/**
 * Sentences for callers name routes and fields in backticks, in the terms of the API. The command line and the MCP
 * tools show them in their own terms.
 */

/** What our command line calls itself in `User-Agent`. */
export const CLI_AGENT = 'agenticore-cli';

/** The callers whose terms are not those of the API. */
export type Surface = 'cli' | 'mcp';

const TERMS: Readonly<Record<string, Partial<Record<Surface, string>>>> = {
  'POST /jobs': { cli: 'agenticore run TASK', mcp: 'run_task' },
  'GET /jobs': { cli: 'agenticore jobs', mcp: 'list_jobs' },
  'GET /jobs/{id}': { cli: 'agenticore job ID', mcp: 'get_job' },
  'DELETE /jobs/{id}': { cli: 'agenticore cancel ID', mcp: 'cancel_job' },
  'POST /jobs/{id}/retry': { cli: 'agenticore retry ID', mcp: 'retry_job' },
  'POST /plans': { cli: 'agenticore plan TASK', mcp: 'plan_task' },
  'GET /plans': { cli: 'agenticore plans', mcp: 'list_plans' },
  'GET /plans/{id}': { cli: 'agenticore plans ID', mcp: 'get_plan' },
  'POST /plans/{id}/execute': { cli: 'agenticore execute-plan ID', mcp: 'execute_plan' },
  'GET /usage': { cli: 'agenticore usage', mcp: 'usage' },
  'GET /profiles': { cli: 'agenticore profiles', mcp: 'list_profiles' },
  'POST /worktrees': { cli: 'agenticore worktrees prepare', mcp: 'prepare_worktree' },
  'GET /worktrees': { cli: 'agenticore worktrees', mcp: 'list_worktrees' },
  'GET /worktrees/{id}': { cli: 'agenticore worktrees show ID', mcp: 'get_worktree' },
  'POST /sessions': { cli: 'agenticore session create', mcp: 'create_session' },
  'GET /sessions': { cli: 'agenticore session list', mcp: 'list_sessions' },
  'GET /sessions/{id}': { cli: 'agenticore session show ID', mcp: 'get_session' },
  'GET /runs/{id}': { cli: 'agenticore session run ID', mcp: 'get_run' },
  'GET /approvals': { cli: 'agenticore session approvals', mcp: 'list_approvals' },
  again: { cli: '--again' },
  base_ref: { cli: '--base-ref' },
  file_path: { cli: '--file-path' },
  force: { cli: '--force' },
  from: { cli: '--from' },
  lfs: { cli: '--lfs' },
  max_budget_usd: { cli: '--max-budget-usd' },
  max_children: { cli: '--max-children' },
  max_depth: { cli: '--max-depth' },
  mode: { cli: '--mode' },
  repo_url: { cli: '--repo' },
  session_id: { cli: '--session-id' },
  submodules: { cli: '--submodules' },
  worktree_id: { cli: '--worktree' },
  'X-API-Key': { cli: 'AGENTICORE_API_KEY' },
};

/** A sentence with what it names in backticks as `surface` calls it. */
export const inTermsOf = (surface: Surface, sentence: string): string =>
  sentence.replace(/`([^`]+)`/g, (quoted, term: string) => {
    const own = Object.hasOwn(TERMS, term) ? TERMS[term]?.[surface] : undefined;
    return own === undefined ? quoted : `\`${own}\``;
  });
