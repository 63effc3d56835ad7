export { job } from './job.ts';
// A plan goes through all that a job does; that its agent only reads, and that nothing is delivered, its request says.
export { job as plan } from './job.ts';
export { worktree } from './worktree.ts';
