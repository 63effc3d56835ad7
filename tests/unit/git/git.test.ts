import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { parseRepoUrl } from '../../../contract/http/repo-url.ts';
import { redact } from '../../../contract/shared/redact.ts';
import { explain } from '../../../git/git-errors.ts';
import { git, tryGit } from '../../../git/git.ts';
import { pinned } from '../../../git/dns-pinning.ts';
import { run } from '../../../processes/run-program.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'git-unit-'));
  cleanups.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

describe('explain', () => {
  test.each([
    ['fatal: write error: No space left on device', 'disk_full'],
    [
      'remote: fatal: write error: No space left on device\nerror: remote unpack failed: eof before pack header',
      'remote_unavailable',
    ],
    ['Host key verification failed.\nfatal: Could not read from remote repository.', 'repo_auth_failed'],
    ['Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures', 'repo_auth_failed'],
    ['ERROR: The key you are authenticating with has been marked as read only.', 'repo_auth_failed'],
    ['ERROR: Permission to acme/app.git denied to robot.', 'repo_auth_failed'],
    ['remote: This deploy key does not have write access to this project.', 'repo_auth_failed'],
    ['remote: ERROR: You are not allowed to push code to this project.', 'repo_auth_failed'],
    [
      'remote: GitLab: You are not allowed to push code to protected branches on this project.\n ! [remote rejected] x -> x (pre-receive hook declined)',
      'push_rejected',
    ],
    ['Gitea: Deploy Key: 7:ci is not authorized to write acme/app.', 'repo_auth_failed'],
    ['bash: line 1: git-upload-pack: command not found', 'repo_not_found'],
    [
      'git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.',
      'repo_auth_failed',
    ],
    ['ERROR: Repository not found.\nfatal: Could not read from remote repository.', 'repo_not_found'],
    ["fatal: could not read Username for 'https://github.com': terminal prompts disabled", 'repo_auth_failed'],
    ["fatal: unable to access 'https://x/': Could not resolve host: x", 'host_not_found'],
    [
      'ssh: Could not resolve hostname x: Name or service not known\nfatal: Could not read from remote repository.',
      'host_not_found',
    ],
    ["fatal: unable to access 'https://x/': SSL certificate problem: self-signed certificate", 'remote_unavailable'],
    [
      'ssh: connect to host x port 22: Connection timed out\nfatal: Could not read from remote repository.',
      'remote_unavailable',
    ],
    [' ! [rejected]        x -> x (stale info)', 'branch_conflict'],
    [' ! [remote rejected] x -> x (push declined due to repository rule violations)', 'push_rejected'],
    ["fatal: couldn't find remote ref x", 'ref_not_found'],
    ['something new', 'internal'],
  ])('%j is %s', (stderr, type) => {
    expect(explain('push', stderr)).toMatchObject({ type, message: expect.stringMatching(/^Could not push\. \S/) });
  });

  test('shows no user-info of an address and no secret, plain or percent-encoded', () => {
    expect(redact("at 'https://u:pw@h/x' with a/b+c a%2Fb%2Bc ssh://git@h/x", ['a/b+c', ''])).toBe(
      "at 'https://h/x' with *** *** ssh://git@h/x",
    );
  });
});

test('no transport is open to git but that of the remote it is given', async () => {
  const dir = await folder();
  await git(['init', '--bare', '-q', `${dir}/a.git`], { action: 'init' });
  const list = ['ls-remote', '--end-of-options', `${dir}/a.git`];
  await expect(git(list, { action: 'list' })).rejects.toThrow("transport 'file' not allowed");
  await expect(
    git(list, { action: 'list', remote: { url: 'https://github.com/o/r', protocol: 'https' } }),
  ).rejects.toThrow('not allowed');
  await expect(git(list, { action: 'list', remote: { url: dir, protocol: 'file' } })).resolves.toBe('');
  const canary = tryGit(['ls-remote', `ext::touch ${dir}/canary`], {
    action: 'list',
    remote: { url: dir, protocol: 'file' },
  });
  expect((await canary).stderr).toContain("transport 'ext' not allowed");
});

test('credentials are offered to their own host alone', async () => {
  const asked = (url: string): Promise<string> =>
    git(['credential', 'fill'], {
      action: 'ask',
      input: `url=${url}\n\n`,
      remote: { url: 'https://git.example:8443/o/r', protocol: 'https' },
      credentials: { username: 'me', password: 'canary' },
    });
  await expect(asked('https://git.example:8443/o/r')).resolves.toContain('password=canary');
  for (const other of ['https://git.example/o/r', 'https://evil.example:8443/o/r', 'http://git.example:8443/o/r']) {
    await expect(asked(other)).rejects.toMatchObject({ type: 'repo_auth_failed' });
  }
});

test('a token with a line end is refused without being shown', async () => {
  const credentials = { username: 'me', password: 'canary\nhost=evil' };
  await expect(git(['version'], { action: 'x', credentials })).rejects.toMatchObject({
    type: 'repo_auth_failed',
    message: expect.not.stringContaining('canary'),
  });
});

test('no variable of the worker reaches git but those that the network needs', async () => {
  process.env.CANARY_SECRET = 'canary';
  process.env.GIT_CONFIG_COUNT = '1';
  cleanups.push(
    () => delete process.env.CANARY_SECRET,
    () => delete process.env.GIT_CONFIG_COUNT,
  );
  const printed = await git(['-c', 'alias.environment=!env', 'environment'], { action: 'x' });
  expect(printed).toContain('GIT_CONFIG_NOSYSTEM=1');
  expect(printed).not.toMatch(/canary|GIT_CONFIG_COUNT/);
});

describe('over ssh', () => {
  const remote = { url: 'ssh://git@127.0.0.1:9/o/r', protocol: 'ssh' } as const;
  const list = ['ls-remote', '--end-of-options', remote.url];

  function set(variables: Record<string, string>): void {
    for (const [name, value] of Object.entries(variables)) {
      const before = process.env[name];
      process.env[name] = value;
      cleanups.push(() => {
        if (before === undefined) delete process.env[name];
        else process.env[name] = before;
      });
    }
  }

  test("the operator's GIT_SSH_COMMAND is run, with its options before ours, and its ~ is the worker's home", async () => {
    const program = join(await folder(), 'ssh');
    await writeFile(program, '#!/bin/sh\nprintf "%s " "$@" >&2\nexit 255\n', { mode: 0o755 });
    set({ GIT_SSH_COMMAND: `${program} -i ~/key -o BatchMode=no` });
    const { stderr } = await tryGit(list, { action: 'list', remote });
    expect(stderr).toContain(`-i ${homedir()}/key -o BatchMode=no -o BatchMode=yes`);
    expect(stderr).toContain('-p 9 git@127.0.0.1');
  });

  test('git gets the keys for a remote over ssh, and for nothing else', async () => {
    set({ SSH_AUTH_SOCK: '/canary', GIT_SSH_COMMAND: 'canary' });
    const print = ['-c', 'alias.environment=!env', 'environment'];
    expect(await git(print, { action: 'x', remote })).toContain('SSH_AUTH_SOCK=/canary');
    const https = { url: 'https://github.com/o/r', protocol: 'https' } as const;
    expect(await git(print, { action: 'x' })).not.toContain('canary');
    expect(await git(print, { action: 'x', remote: https })).not.toContain('canary');
  });

  test("an ssh that cannot be started is no missing repository, and the operator's command is not shown", async () => {
    set({ GIT_SSH_COMMAND: '/no/such/ssh -o ProxyCommand=canary' });
    const failed = await git(list, { action: 'list', remote }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ type: 'invalid_config', message: expect.stringContaining('GIT_SSH_COMMAND') });
    expect(failed).toMatchObject({ message: expect.not.stringContaining('canary') });
  });
});

test('an abort kills grandchildren that ignore signals and hold the output open', async () => {
  const controller = new AbortController();
  const server = createServer().listen(0, '127.0.0.1');
  cleanups.push(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const connected = once(server, 'connection') as Promise<[NodeJS.EventEmitter]>;
  const script = `trap '' TERM INT; node -e "process.on('SIGTERM', () => {}); require('net').connect(${port}, '127.0.0.1')" & wait`;
  const running = run({
    file: '/bin/sh',
    args: ['-c', script],
    env: { PATH: process.env.PATH ?? '' },
    signal: controller.signal,
  });
  const [socket] = await connected;
  const gone = Promise.race([once(socket, 'close'), once(socket, 'error')]);
  controller.abort(new Error('stop'));
  await expect(running).rejects.toThrow('stop');
  await gone;
});

describe('pinned', () => {
  const repo = parseRepoUrl('https://1.1.1.1:8443/o/r', { allowLocal: false, allowedHosts: [] });

  test('holds https to the address of now', async () => {
    await expect(pinned(repo, {})).resolves.toEqual(['http.curloptResolve=1.1.1.1:8443:1.1.1.1']);
  });

  test('refuses a name that leads into the private network, unless it is listed', async () => {
    await expect(pinned({ ...repo, host: 'localhost' }, {})).rejects.toMatchObject({
      type: 'blocked_host',
      message: expect.stringContaining('AGENTICORE_ALLOWED_REPO_HOSTS'),
    });
    await expect(pinned({ ...repo, host: 'localhost', listed: true }, {})).resolves.toEqual([]);
  });

  test('refuses an address that a proxy on this machine made up, and names the proxy setting', async () => {
    await expect(pinned({ ...repo, host: '198.18.0.7' }, {})).rejects.toMatchObject({
      type: 'blocked_host',
      message: expect.stringMatching(/198\.18\.0\.7.*HTTPS_PROXY.*AGENTICORE_ALLOWED_REPO_HOSTS/),
    });
  });

  test('leaves the name to the proxy that git goes by, but not where no_proxy names the host', async () => {
    const at = (env: object): Promise<string[]> => pinned({ ...repo, host: '198.18.0.7' }, { ...env });
    await expect(at({ HTTPS_PROXY: 'http://127.0.0.1:7890' })).resolves.toEqual([]);
    await expect(at({ all_proxy: 'socks5h://127.0.0.1:7890', no_proxy: 'other.example' })).resolves.toEqual([]);
    const HTTPS_PROXY = 'http://127.0.0.1:7890';
    for (const NO_PROXY of ['*', 'a.example, 198.18.0.7', '.0.7'])
      await expect(at({ HTTPS_PROXY, NO_PROXY })).rejects.toMatchObject({ type: 'blocked_host' });
    await expect(at({ http_proxy: HTTPS_PROXY })).rejects.toMatchObject({ type: 'blocked_host' });
  });

  test('says that a name is none, before git is asked', async () => {
    await expect(pinned({ ...repo, host: 'no-such-host.invalid' }, {})).rejects.toMatchObject({
      type: 'host_not_found',
      message: expect.stringContaining('no-such-host.invalid cannot be resolved'),
    });
    await expect(pinned({ ...repo, host: 'no-such-host.invalid', protocol: 'ssh' }, {})).resolves.toEqual([]);
  });
});
