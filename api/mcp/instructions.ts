/** What a model that uses the server is told of it. */
export const INSTRUCTIONS = `agenticore runs coding agents as durable jobs: a task on a git repository goes in, a pull request comes out.

- run_task starts a job. With wait: true it answers when the job has ended; without, it answers at once with the job's id. A job that was started runs to its end, whatever happens to this connection.
- get_job tells how a job stands: status, stage, branch, output, and for a failed one error_code, error and next_step. job_events tells what its agent does; pass the cursor of the answer to read on. list_jobs finds jobs; cancel_job ends one; retry_job tries one again that did not succeed, from what it left.
- plan_task has a plan made by an agent that can only read; get_plan shows it, list_plans finds it, execute_plan starts the job that follows it.
- list_profiles names what run_task takes as profile.
- prepare_worktree makes a checkout that stays: jobs with its id as worktree_id work in it one after the other and push to one branch. cleanup_worktrees removes it; work that is not on the remote only with force: true.
- Where a call may be repeated, give run_task an idempotency_key: the same key never starts a second job.
- A wait that is over before the job has ended is no failure: ask get_job later, or call run_task again with the same idempotency_key and wait: true.
- Errors are JSON with code, error and next_step.`;
