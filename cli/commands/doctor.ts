import type { Command } from 'commander';
import { Failure } from '../../contract/shared/failures.ts';
import type { Check } from '../../doctor/check.ts';
import { sanitize, oneLine, toJson } from '../output/sanitize.ts';
import { colors } from '../output/format.ts';
import { print } from '../output/streams.ts';
import { onMachine } from '../command.ts';

/** `agenticore doctor`: whether this machine can run jobs, and how to fix what is missing. */
export function registerDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('Check whether this machine can run jobs, and print how to fix what is missing');
  onMachine(command, doctor);
}

async function doctor({ json }: { json: boolean }): Promise<void> {
  const checks: Check[] = [];
  for await (const check of findings()) {
    checks.push(check);
    if (!json) print(lineOf(check));
  }
  const failed = checks.some(({ status }) => status === 'fail');
  if (json) print(toJson({ success: !failed, checks }));
  if (failed) process.exitCode = 1;
}

/** Without a valid configuration nothing else can be checked. */
async function* findings(): AsyncGenerator<Check, void> {
  const { loadConfig } = await import('../../config/index.ts');
  try {
    const config = loadConfig();
    const { diagnose } = await import('../../doctor/diagnose.ts');
    yield* diagnose(config);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const next_step = 'Correct the setting; docs/configuration.md lists all settings.';
    yield { name: 'configuration', status: 'fail', message: error.message, next_step };
  }
}

const COLORS = { ok: colors.green, warn: colors.yellow, fail: colors.red } as const;

function lineOf({ name, status, message, next_step }: Check): string {
  const line = `${COLORS[status](status.padEnd(4))}  ${name.padEnd(14)}  ${sanitize(message).replaceAll('\n', `\n${' '.repeat(22)}`)}`;
  return next_step === undefined ? line : `${line}\n${' '.repeat(22)}${colors.dim(oneLine(next_step))}`;
}
