import type { JobProgress } from '../contract/workflow/job-progress.ts';

/** Most hosts and warnings that a job's live record names, however often the job goes on elsewhere. */
const MAX_HOSTS = 20;
const MAX_WARNINGS = 20;

/** Characters of one warning. */
const MAX_WARNING = 500;

/** Most runs of the profile's commands, and characters of one command. */
const MAX_CHECKS = 30;
const MAX_COMMAND = 160;

/** Most commits that are known as a job's own; older ones are none that its branch is still at. */
const MAX_RECORDED = 20;

/** The record as it may grow: the last hosts and checks, and each warning once and at its usual length. */
export function bounded({ hosts, warnings, checks, ...progress }: JobProgress): JobProgress {
  const said = new Set(warnings.map((warning) => warning.slice(0, MAX_WARNING)));
  return {
    ...progress,
    hosts: hosts.slice(-MAX_HOSTS),
    warnings: [...said].slice(0, MAX_WARNINGS),
    checks: checks.slice(-MAX_CHECKS).map((check) => ({ ...check, command: shortened(check.command) })),
  };
}

const shortened = (command: string): string =>
  command.length > MAX_COMMAND ? `${command.slice(0, MAX_COMMAND - 1)}…` : command;

/** The commits that were recorded for delivery, with `sha` as the last. */
export const recordedWith = (recorded: readonly string[], sha: string): string[] =>
  [...recorded.filter((earlier) => earlier !== sha), sha].slice(-MAX_RECORDED);
