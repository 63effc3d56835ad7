// Not used by any workflow yet: see its rule.
import './patches.ts';

export { job } from './job.ts';
// A plan goes through all that a job does; the type of the workflow says that the agent only reads and that nothing is
// delivered.
export { job as plan } from './job.ts';
export { worktree } from './worktree.ts';
export { run } from './sessions/run.ts';
export { session } from './sessions/session.ts';
