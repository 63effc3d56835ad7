import { Failure, type FailureType } from '../contract/shared/failures.ts';
import { startSupervised } from './supervised.ts';
import { detectSandbox, sandboxed, type SandboxRules } from './sandbox.ts';
import { findProgram, start, type Command, type RunningProcess } from './spawn.ts';

/** How a program is held, so that nothing of it outlives this process. */
export interface Containment extends SandboxRules {
  /** `auto`: bubblewrap where it works; `required`: fail without it; `off`: never, only the supervisor. */
  sandbox: 'auto' | 'required' | 'off';
  /** Real paths in which only this job works; without a sandbox they help to find its processes. */
  directories: readonly string[];
  /** Type of the Failure for a program that does not exist. */
  missing: FailureType;
}

/**
 * Whether `sandbox` comes to bubblewrap on this host; the Failure `sandbox_unavailable` where it is required and does
 * not work.
 */
export async function usesSandbox(sandbox: Containment['sandbox']): Promise<boolean> {
  if (sandbox === 'off') return false;
  const works = await detectSandbox();
  if (sandbox === 'required' && !works) {
    throw new Failure(
      'sandbox_unavailable',
      'The profile requires a sandbox, but bubblewrap (bwrap) does not work on this host.',
    );
  }
  return works;
}

/** Starts a program so that its whole tree dies with this process, by bubblewrap or by the supervisor. */
export async function startContained(command: Command, containment: Containment): Promise<RunningProcess> {
  const { missing, directories, sandbox } = containment;
  const found = { ...command, file: await findProgram(command, missing) };
  if (!(await usesSandbox(sandbox))) return startSupervised(found, directories);
  return start(await sandboxed(found, containment), { kind: 'bubblewrap', missing });
}
