import type { Command } from 'commander';
import type { Packages } from '../../packages/package.ts';
import { describeProblem } from '../../contract/shared/file-problem.ts';
import { count } from '../output/format.ts';
import { oneLine, toJson } from '../output/sanitize.ts';
import { print, say } from '../output/streams.ts';
import { printTable } from '../output/table.ts';
import { onMachine } from '../command.ts';
import { registerAgentsChat } from './agents-chat.ts';

/** `agenticore agents`: the agent packages of this machine. */
export function registerAgents(program: Command): void {
  const agents = program.command('agents').description('The agent packages that agent mode serves as models');
  onMachine(agents.command('list').description('List the agent packages of this machine'), list);
  onMachine(agents.command('check').description('Check the agent packages of this machine'), check);
  registerAgentsChat(agents);
}

async function list({ json }: { json: boolean }): Promise<void> {
  const { packages, problems } = await checked();
  if (json) {
    const shown = packages.map(({ name, description, dir, profile, version }) => ({
      ...{ name, description, dir, agent: profile.agent, version },
    }));
    return print(toJson({ success: true, packages: shown, problems }));
  }
  const rows = packages.map(({ name, profile, dir, description }) =>
    [name, profile.agent, dir, description].map(oneLine),
  );
  printTable(['NAME', 'AGENT', 'FOLDER', 'DESCRIPTION'], rows);
  for (const problem of problems) say(oneLine(describeProblem(problem)));
}

async function check({ json }: { json: boolean }): Promise<void> {
  const { packages, problems } = await checked();
  if (problems.length > 0) process.exitCode = 1;
  const names = packages.map(({ name }) => name);
  if (json) return print(toJson({ success: problems.length === 0, packages: names, problems }));
  for (const line of new Set(problems.map(describeProblem))) print(oneLine(line));
  say(`${count(packages.length, 'valid package')}: ${oneLine(names.join(', ') || 'none')}.`);
}

async function checked(): Promise<Packages> {
  const { loadConfig } = await import('../../config/index.ts');
  const { packageSettings } = await import('../../config/package-settings.ts');
  const { checkPackages } = await import('../../packages/check.ts');
  const { createAgents } = await import('../../runners/agents.ts');
  const { tryProfile } = await import('../../runners/try-profile.ts');
  const config = loadConfig();
  const agents = createAgents(config);
  return checkPackages(packageSettings(config), (profile) => tryProfile(agents, profile));
}
