import { isAbsolute, posix } from 'node:path';
import { z } from 'zod';
import { MAX_TIMEOUT_S } from '../contract/http/job-request.ts';
import { defined } from '../contract/shared/defined.ts';
import { ON_FAILURE, type Setup, type Verify } from '../contract/workflow/checks.ts';

/** Seconds for all commands of a phase where the profile does not say. */
const TIMEOUT_S = 1_800;

/** Times that a failure goes back to the agent where the profile does not say. */
const MAX_FIXES = 2;

const command = z
  .string()
  .max(4_000)
  .refine((text) => text.trim() !== '' && !text.includes('\0'), 'must be a shell command');

const run = z
  .array(command)
  .max(20)
  .optional()
  .describe('Shell commands, run one after the other; an empty list turns off what is inherited.');

const timeout = z
  .number()
  .int()
  .min(1)
  .max(MAX_TIMEOUT_S)
  .optional()
  .describe('Seconds for all of the commands; 1800 when absent.');

const INSIDE = 'must be a path in the worktree: relative, without .. and .git, and no pattern';

const path = z
  .string()
  .max(500)
  .refine(isInside, INSIDE)
  .transform((given) => posix.normalize(given).replace(/\/$/, ''));

function isInside(given: string): boolean {
  const parts = given.split('/').filter((part) => part !== '' && part !== '.');
  const isPlain = !isAbsolute(given) && !/[\0*?]/.test(given) && parts.length > 0;
  return isPlain && !parts.includes('..') && parts[0]?.toLowerCase() !== '.git';
}

const paths = z.array(path).min(1).max(20);

/** A list of commands is short for `run`. */
const orList = <T extends z.ZodType>(schema: T) =>
  z.preprocess((given) => (Array.isArray(given) ? { run: given as unknown } : given), schema).optional();

/** `setup` and `verify` in a profile.yml. */
export const commandSchemas = {
  setup: orList(
    z.strictObject({
      run,
      timeout,
      cache: z
        .strictObject({
          key: paths.describe('Files: a cache is used while their content stays the same.'),
          paths: paths.describe('Files and folders that the cache holds.'),
        })
        .optional(),
    }),
  ).describe('Commands that prepare the worktree before the agent begins.'),
  verify: orList(
    z.strictObject({
      run,
      timeout,
      max_fixes: z
        .number()
        .int()
        .min(0)
        .max(10)
        .optional()
        .describe('Times that a failure goes back to the agent; 2 when absent.'),
      on_failure: z
        .enum(ON_FAILURE)
        .optional()
        .describe('After that: fail the job, open the pull request as a draft, or deliver with a warning.'),
    }),
  ).describe('Commands that must pass before the work is delivered.'),
};

type CommandsFile = z.infer<z.ZodObject<typeof commandSchemas>>;

/** What a profile and its parents say, the furthest parent first; each setting by itself, null without commands. */
export function combineCommands(files: readonly CommandsFile[]): { setup: Setup | null; verify: Verify | null } {
  const setups = files.flatMap(({ setup }) => setup ?? []);
  const verifies = files.flatMap(({ verify }) => verify ?? []);
  const setup = { ...commandsOf(setups), ...defined({ cache: last(setups, 'cache') }) };
  const verify = {
    ...commandsOf(verifies),
    max_fixes: last(verifies, 'max_fixes') ?? MAX_FIXES,
    on_failure: last(verifies, 'on_failure') ?? 'fail',
  };
  return { setup: setup.run.length === 0 ? null : setup, verify: verify.run.length === 0 ? null : verify };
}

/** The field of `files` that says how commands are run, where none says which. */
export const commandsMissing = (files: readonly CommandsFile[]): 'setup' | 'verify' | undefined =>
  (['setup', 'verify'] as const).find(
    (phase) => files.some((file) => file[phase]) && !files.some((file) => file[phase]?.run),
  );

interface CommandsSaid {
  run?: string[] | undefined;
  timeout?: number | undefined;
}

const commandsOf = (said: readonly CommandsSaid[]): { run: string[]; timeout_s: number } => ({
  run: last(said, 'run') ?? [],
  timeout_s: last(said, 'timeout') ?? TIMEOUT_S,
});

const last = <T extends object, K extends keyof T>(said: readonly T[], key: K): T[K] | undefined =>
  said.findLast((one) => one[key] !== undefined)?.[key];
