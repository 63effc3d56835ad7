/** What the server tells a model that uses it. Some clients show no more than the first sentence. */
export const INSTRUCTIONS = `agenticore runs coding agents as durable jobs: a task on a git repository goes in, a pull request comes out.

- run_task starts a job. With wait: true it replies when the job has ended; without, it replies at once with the job's id. A job that has started runs to its end, even if this connection closes.
- get_job shows the state of a job: status, stage, branch, output, and for a failed job error_code, error and next_step. job_events shows what its agent does. list_jobs lists jobs; cancel_job cancels a job; retry_job retries a job that did not succeed, from where it stopped.
- plan_task lets a read-only agent make a plan; get_plan shows it, list_plans lists plans, execute_plan starts the job that follows it.
- create_session starts an agent that keeps its conversation; send_message gives it messages, each of which is a run: wait_run and get_run show its answer, session_events what the agent does, cancel_run ends it. While pending_approvals names approvals, the agent waits for decide_approval. fork_session starts another one with the same conversation, spawn_session a child of a session; close_session ends one.
- list_profiles lists what run_task accepts as profile.
- prepare_worktree creates a checkout that stays: jobs with its id as worktree_id work in it one after the other and push to one branch. cleanup_worktrees removes it; with work that is not on the remote it does so only with force: true.
- If you may have to repeat a call of run_task, pass an idempotency_key: the same key never starts a second job.
- If wait ends before the job has ended, the job continues: call get_job later, or run_task again with the same idempotency_key and wait: true.
- No answer is larger than 40 KB. What is longer comes in pages: pass next_cursor as cursor to the tool that its description names, until it is null. cut names the texts of which an answer has only a part.
- Errors are JSON with code, error and next_step.`;

/** The same for the agent of a session. */
export const OWN_SESSION_INSTRUCTIONS = `Child agents for the session that you work in: start them with tasks of their own, message them, wait for them, decide about their tool calls, and tell or ask the parent of the session.

- agenticore_session_spawn starts a child with a task; agenticore_session_wait waits for a run of it and answers its last words; agenticore_session_send gives it a further message.
- agenticore_session_reply_parent tells your parent something, or asks it for something, where you are a child yourself.
- agenticore_session_decide allows or denies a tool call of a child that waits for a decision.`;
