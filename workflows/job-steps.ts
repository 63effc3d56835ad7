import type { JobResult } from '../contract/workflow/job-progress.ts';
import type { ProfileFacts, Worktree } from '../contract/workflow/steps.ts';
import { deliver, openPullRequest } from './delivery.ts';
import { waitsOnSeat } from './rate-limit-pause.ts';
import { isPushed, type HostRun } from './job-context.ts';
import { routeProfile } from './choose-profile.ts';

/** The whole sequence on one host; what an earlier host has done is not done again. */
export async function sequence(run: HostRun): Promise<JobResult> {
  const { steps, at, progress, seat, work } = run;
  progress.take(seat);
  await createRepository(run);
  await updateMirror(run);
  if (!isPushed(run) || work.profile === undefined) await prepareAndWork(run);
  await openPullRequest(run);
  progress.enter('shipping_transcript');
  const { transcript } = await steps.shipTranscript({ ...at, attempt: seat.attempt });
  return { output: work.output ?? '', transcript };
}

async function createRepository({ steps, at, input, progress }: HostRun): Promise<void> {
  const { repo_url, create_repo } = input.request;
  if (repo_url === undefined || !create_repo) return;
  progress.enter('creating_repository');
  await steps.createRepository({ ...at, repo_url, private: input.request.private ?? true });
}

async function updateMirror(run: HostRun): Promise<void> {
  const { input, work, progress, steps, at } = run;
  const { repo_url, base_ref, retry } = input.request;
  if (repo_url === undefined) return;
  progress.enter('updating_mirror');
  const mirror = await steps.updateMirror({
    ...at,
    repo_url,
    ...(base_ref === undefined ? {} : { base_ref }),
    recorded: work.recorded,
    ...(retry === undefined ? {} : { branch_of: retry.first_job_id }),
    ...(work.branch === undefined ? {} : { branch: work.branch }),
  });
  const base = (work.base ??= mirror.base);
  run.remote = { repo_url, ...mirror, base };
  progress.show({ base_ref: base.ref, base_sha: base.sha });
}

async function prepareAndWork(run: HostRun): Promise<void> {
  const { steps, at, progress, seat, work, input } = run;
  progress.enter('creating_worktree');
  const { retry } = input.request;
  const adopt = retry === undefined || retry.from === 'start' ? {} : { adopt: retry.job_id };
  const worktree = await steps.createWorktree({ ...at, attempt: seat.attempt, ...run.remote, ...adopt });
  await routeProfile(run);
  progress.enter('materializing_profile', { worktree_path: worktree.path });
  const profile = await materializeProfile(run);
  if (isPushed(run)) return;
  const isDone = work.output !== undefined && worktree.reused && (work.disk ?? seat.disk) === seat.disk;
  if (!isDone) await runAgent(run, profile.timeout_s, worktree);
  if (profile.deliver !== 'none') await deliver(run, profile);
}

async function materializeProfile({ steps, at, seat, input, plan, progress, work }: HostRun): Promise<ProfileFacts> {
  const { task, ...request } = input.request;
  const facts = await steps.materializeProfile({ ...at, request, plan, attempt: seat.attempt });
  work.profile = facts;
  progress.note({ session_id: facts.session_id });
  return facts;
}

async function runAgent(run: HostRun, timeout_s: number, worktree: Worktree): Promise<void> {
  const { steps, at, progress, seat, input, plan, work, remote } = run;
  progress.enter('running_agent');
  const { retry } = input.request;
  const goOn = retry?.from === 'session' && (worktree.reused || !retry.worktree);
  const { turn, spent, resumed, warnings } = await steps.agent(timeout_s, waitsOnSeat(run)).runAgent({
    ...at,
    request: input.request,
    plan,
    base_ref: remote?.base.ref ?? null,
    attempt: seat.attempt,
    timeout_s,
    ...(goOn ? { go_on: true } : {}),
  });
  work.output = turn.text;
  work.disk = seat.disk;
  delete work.sha;
  const { session_id, num_turns } = turn;
  progress.spend(spent);
  const anew = retry === undefined || (goOn && resumed) ? {} : { retry_from: 'start' as const };
  progress.enter('running_agent', { session_id, num_turns, resumed, warnings, ...anew });
}
