import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect } from '@jest/globals';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { fixingAgent } from '../support/model/scripts.ts';
import { createForgeWorld, type ForgeWorld } from '../support/forge-world.ts';
import { needs } from '../support/needs.ts';
import { call, runJob, type Product } from '../support/product.ts';
import { createKey, startSshAgent, startSshServer, type SshServer } from '../support/ssh-server.ts';
import { fixing, remains, writeProfile } from '../support/world.ts';

const withSshd = needs('sshd');

let world: ForgeWorld;
let server: SshServer;
let agent: Awaited<ReturnType<typeof startSshAgent>>;
let product: Product;

const file = (name: string): string => join(world.dir, name);
const run = (request: object): Promise<JobRecord> =>
  runJob(() => product.url, { task: 'fix it', repo_url: url(), ...request });
const url = (): string => `ssh://${server.user}@127.0.0.1:${server.port}/acme/app.git`;

/** How ssh is set up on the worker: by default it knows the server, and has no key but those of the agent. */
async function setUpSsh({ known = server.hostKey, key = 'IdentityFile none' } = {}): Promise<void> {
  await writeFile(file('known_hosts'), `${known}\n`);
  const alias = `Host git.box\n  HostName 127.0.0.1\n  Port ${server.port}\n`;
  const hosts = `UserKnownHostsFile ${file('known_hosts')}\nGlobalKnownHostsFile none\n`;
  await writeFile(file('ssh_config'), `${hosts}${key}\n${alias}`);
}

beforeAll(async () => {
  const lookAround = (): string => `env; SSH_AUTH_SOCK='${agent.socket}' ssh-add -l`;
  world = await createForgeWorld('github', {
    script: (conversation) =>
      (conversation.task.includes('look around') ? fixingAgent({ commands: [lookAround()] }) : fixing())(conversation),
  });
  server = await startSshServer(dirname(dirname(world.dirOf())));
  agent = await startSshAgent(server.key);
  await writeProfile(world, 'pushing', 'extends: code\nauto_pr: false\n');
  await writeProfile(world, 'contained', 'extends: code\nsandbox: required\n');
  product = await world.start('serve', {
    env: {
      AGENTICORE_ALLOWED_REPO_HOSTS: '127.0.0.1,git.box',
      SSH_AUTH_SOCK: agent.socket,
      GIT_SSH_COMMAND: `ssh -F '${file('ssh_config')}'`,
    },
  });
});
beforeEach(() => setUpSsh());
afterAll(async () => {
  await world.end();
  await agent.close();
  await server.close();
});

describe('a job on a repository over ssh', () => {
  withSshd('is cloned, pushed and opened as a pull request, and no token is shown to the remote', async () => {
    const job = await run({});
    expect(job).toMatchObject({ status: 'succeeded', pr_url: expect.stringContaining('acme/app'), warnings: [] });
    expect(world.forge.state.pulls).toMatchObject([{ repo: 'acme/app', branch: job.branch, base: 'main' }]);
    expect(await world.log(job.branch ?? '')).toEqual(['fix it']);
    const commands = await server.commands();
    expect(new Set(commands)).toEqual(new Set(["git-upload-pack '/acme/app.git'", "git-receive-pack '/acme/app.git'"]));
    expect(world.forge.gitPasswords).toEqual([]);
    expect(world.forge.unexpected).toEqual([]);
    expect(remains(world, job.id)).toEqual([]);
  });

  withSshd('may be named as user@host:path, by a host of the ssh configuration, whose key is in a file', async () => {
    await setUpSsh({ key: `IdentityAgent none\nIdentityFile ${server.key}` });
    const job = await run({ repo_url: `${server.user}@git.box:acme/app.git`, profile: 'pushing' });
    expect(job).toMatchObject({ status: 'succeeded', pr_url: null, branch: expect.any(String) });
    expect(await world.log(job.branch ?? '')).toEqual(['fix it']);
    expect(await server.commands()).toContain("git-receive-pack 'acme/app.git'");
  });

  withSshd('has an agent that is not told of the keys', async () => {
    const seen = await whatAgentSaw({ task: 'look around' });
    expect(seen).toContain('HOME=');
    expect(seen).not.toMatch(/^(SSH_AUTH_SOCK|GIT_SSH_COMMAND)=/m);
  });

  needs('sshd', 'bwrap')('has an agent that cannot use them in the sandbox either', async () => {
    const seen = await whatAgentSaw({ task: 'look around, contained', profile: 'contained' });
    expect(seen).toContain('HOME=');
    expect(seen).toMatch(/Error connecting to agent/);
    expect(seen).not.toContain('ED25519');
  });

  async function whatAgentSaw(request: { task: string; profile?: string }): Promise<string> {
    expect(await run(request)).toMatchObject({ status: 'succeeded' });
    const calls = world.model.turns(request.task).at(-1)?.conversation?.calls ?? [];
    return calls.map(({ result }) => result?.content).join('\n');
  }

  const REFUSALS: [string, RegExp, () => Promise<void>][] = [
    ['the worker does not know', /ssh-keyscan/, () => setUpSsh({ known: '' })],
    [
      'has another host key than the worker knows',
      /Somebody may be in between/,
      async () => setUpSsh({ known: `[127.0.0.1]:${server.port} ${await createKey(file('other-host'))}` }),
    ],
    [
      'does not know the worker',
      /none of the worker's ssh keys/,
      async () => {
        await createKey(file('other-key'));
        await setUpSsh({ key: `IdentityAgent none\nIdentityFile ${file('other-key')}` });
      },
    ],
  ];
  withSshd.each(REFUSALS)('whose remote %s fails at once with repo_auth_failed', async (_what, reason, setUp) => {
    await setUp();
    const connections = server.connections();
    const asked = world.model.requests.length;
    const job = await run({ task: 'fix it in vain' });
    expect(job).toMatchObject({ status: 'failed', error_code: 'repo_auth_failed', error_stage: 'updating_mirror' });
    expect(job.error).toMatch(reason);
    expect(job.next_step).toContain('ssh key');
    expect(server.connections()).toBe(connections + 1);
    expect(world.model.requests).toHaveLength(asked);
  });

  withSshd('whose key may only read fails at once, and is delivered by a retry when it may push', async () => {
    await server.refusePushes('ERROR: The key you are authenticating with has been marked as read only.');
    const pushes = async (): Promise<number> =>
      (await server.commands()).filter((command) => command.startsWith('git-receive-pack')).length;
    const before = await pushes();
    const { id, ...failed } = await run({ task: 'fix it for a reader' });
    expect(failed).toMatchObject({ status: 'failed', error_code: 'repo_auth_failed', error_stage: 'delivering' });
    expect(failed.error).toContain('marked as read only');
    expect(await pushes()).toBe(before + 1);
    await server.refusePushes('');
    const asked = world.model.requests.length;
    const { body } = await call<{ job: JobRecord }>(product.url, `/jobs/${id}/retry`, { json: { wait: true } });
    expect(body.job).toMatchObject({ status: 'succeeded', pr_url: expect.any(String), retry_from: 'delivery' });
    expect(await world.log(body.job.branch ?? '')).toEqual(['fix it']);
    expect(world.model.requests).toHaveLength(asked);
  });
});
