import { execFileSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { applyTerms } from '../../../activities/commit-terms.ts';
import type { Deps, HostSettings } from '../../../activities/deps.ts';
import { parseRepoUrl } from '../../../contract/http/repo-url.ts';
import type { CommitTerms } from '../../../contract/workflow/commit-terms.ts';
import { createCheckout } from '../../../git/checkout.ts';
import { allTips, bringMirrorUpToDate } from '../../../git/mirror.ts';
import { pushWork } from '../../../git/push-work.ts';
import { restoreCommit } from '../../../git/restore.ts';
import { trySigning, type SigningKeys } from '../../../git/signing.ts';
import { undeliveredWork } from '../../../git/unpushed.ts';
import { asAgent, commitOf, gitWorld, localRepo, type GitWorld, type jobCheckout } from '../../support/git-world.ts';
import { needs } from '../../support/needs.ts';
import { commitFiles, plainGit, runShell } from '../../support/sample-repo.ts';

type Checkout = Awaited<ReturnType<typeof jobCheckout>>;

const BOT = { name: 'Build Bot', email: 'bot@corp.example' };
const ID = '0123456789ab';
const BRANCH = `feature/bot-${ID}`;
const signal = new AbortController().signal;

let world: GitWorld;
let keys: SigningKeys;
beforeEach(async () => {
  world = await gitWorld();
  keys = { sshKey: world.path('id'), gpgKey: BOT.email, gpgHome: world.path('gpg') };
});
afterEach(() => world.dispose());

const origin = (): string => world.path('origin.git');
const inDelivery = (...args: string[]): Promise<string> => plainGit(world.path('job.deliver'), ...args);
const ssh = (...args: string[]): string => execFileSync('ssh-keygen', args, { encoding: 'utf8' });

/** A new ssh key for the bot; answers how git checks what is signed with it. */
async function sshKey(): Promise<string> {
  ssh('-q', '-t', 'ed25519', '-N', '', '-f', world.path('id'));
  await writeFile(world.path('allowed'), `${BOT.email} ${ssh('-y', '-f', world.path('id'))}`);
  return `git -c gpg.ssh.allowedSignersFile=${world.path('allowed')}`;
}

/**
 * A checkout of a repository whose server takes new commits from the bot alone, on a branch of the bot's, signed and
 * with such a subject. Its main has gone on since.
 */
async function ruledCheckout(verify: string, subject = ''): Promise<Checkout> {
  const repo = await localRepo(world);
  const base = { ref: 'main', sha: await plainGit(origin(), 'rev-parse', 'main') };
  await commitFiles(origin(), 'main', { upstream: 'theirs' }, 'upstream');
  const mirror = await bringMirrorUpToDate(world.remotes, repo);
  const hook = `#!/bin/sh
while read -r old new ref; do
  case $ref in refs/heads/feature/bot-*) ;; *) echo "branch rule: $ref"; exit 1 ;; esac
  for sha in $(git rev-list "$new" --not --all); do
    ${verify} verify-commit "$sha" 2>/dev/null || { echo "signing rule: $sha"; exit 1; }
    test "$(git log -1 --format='%ce' "$sha")" = ${BOT.email} || { echo "committer rule: $sha"; exit 1; }
    git log -1 --format=%s "$sha" | grep -q '^${subject}' || { echo "subject rule: $sha"; exit 1; }
  done
done
`;
  await mkdir(join(origin(), 'hooks'), { recursive: true });
  await writeFile(join(origin(), 'hooks', 'pre-receive'), hook);
  await chmod(join(origin(), 'hooks', 'pre-receive'), 0o755);
  const checkout = { path: world.path('job'), branch: BRANCH, base };
  await createCheckout({ ...checkout, mirrorDir: mirror.dir, repo, author: BOT });
  return { ...checkout, mirror, repo, remotes: world.remotes };
}

/** The commit to deliver of what an agent left. */
async function made(checkout: Checkout, commits: CommitTerms, task = 'fix it'): Promise<string> {
  const { sha } = await commitOf(checkout);
  const { path, mirror, base, branch } = checkout;
  const places = { reposRoot: world.path('repos'), allowLocalRepos: true, allowedRepoHosts: [], forges: { kinds: {} } };
  const settings = { author: BOT, signing: keys, ...places } as unknown as HostSettings;
  const jobUrl = (id: string): string => `https://agents.example/${id}`;
  const deps = { settings, readTask: () => Promise.resolve(task), jobUrl } as unknown as Deps;
  const step = { job_id: ID, token: '', repo_url: origin(), base, branch, subject: task, profile: 'code', commits };
  const confined = asAgent(path, 'off', [mirror.dir]);
  return applyTerms(deps, step, { sha: String(sha), path, confined }, signal);
}

async function push({ path, mirror, base, branch }: Checkout, sha: string): Promise<string> {
  const repo = parseRepoUrl(origin(), { allowLocal: true, allowedHosts: [] });
  const to = { checkout: path, mirrorDir: mirror.dir, branch, branchOf: ID, sha, base: base.sha };
  return (await pushWork(world.remotes, repo, { ...to, earlier: [], fastForward: true, stillHeld: () => true }))
    .outcome;
}

/** Two commits of an agent with a merge of the main of the remote between them, and a file that is not committed. */
const WORK = `
echo 1 >a; git add a; git commit -qm first --date '2020-01-02T03:04:05Z'
git checkout -qb idea; git merge -q --no-ff -m 'take main' origin/main
echo 2 >b; chmod +x b; ln -s a link; git add b link
git commit -qm 'second

with a body' --author 'Somebody Else <else@example.org>'; echo 3 >c`;

describe('signed commits', () => {
  test('are those of the job alone, and the server takes them; the checkout goes on from them', async () => {
    const checkout = await ruledCheckout(await sshKey());
    const { path, base, mirror } = checkout;
    await runShell(path, WORK);
    const { sha: unsigned } = await commitOf(checkout);
    await expect(push(checkout, String(unsigned))).rejects.toMatchObject({
      type: 'push_rejected',
      message: expect.stringContaining('signing rule'),
    });
    const sha = await made(checkout, { signing: 'ssh' });
    const log = ['log', '--topo-order', '--reverse', '--format=%an|%ce|%aI|%s|%b', `${String(base.sha)}..${sha}`];
    const today = new Date().getFullYear();
    expect((await inDelivery(...log)).replace(new RegExp(`\\|${today}[^|]*`, 'g'), '').split('\n')).toEqual([
      'Sample|bot@corp.example|2020-01-02T03:04:05+00:00|first|',
      'Sample|sample@example.invalid|upstream|',
      'Sample|bot@corp.example|take main|',
      'Somebody Else|bot@corp.example|second|with a body',
      '',
      'Agent|bot@corp.example|leftovers|',
    ]);
    expect(await inDelivery('diff', '--stat', String(unsigned), sha)).toBe('');
    expect(await push(checkout, sha)).toBe('pushed');

    // The agent has another turn, after its checkout was brought back to what was committed.
    const confined = asAgent(path, 'off', [mirror.dir]);
    await runShell(path, 'echo report >report');
    expect(await restoreCommit(confined, { path, sha })).toEqual(['report']);
    const repo = parseRepoUrl(origin(), { allowLocal: true, allowedHosts: [] });
    const onRemote = await allTips(await bringMirrorUpToDate(world.remotes, repo));
    expect(await undeliveredWork(confined, { path, onRemote })).toBeUndefined();
    await runShell(path, 'echo 4 >d; git add d; git commit -qm third');
    const more = await made(checkout, { signing: 'ssh' });
    expect(await inDelivery('log', '--format=%s', `${sha}..${more}`)).toBe('third');
    expect(await made(checkout, { signing: 'ssh' })).toBe(more);
    expect(await push(checkout, more)).toBe('pushed');
  });

  needs('gpg')('may be signed with a gpg key', async () => {
    await mkdir(keys.gpgHome, { mode: 0o700 });
    const gpg = (...args: string[]): void =>
      void execFileSync('gpg', ['--homedir', keys.gpgHome, '--batch', '--quiet', ...args], { stdio: 'ignore' });
    gpg('--passphrase', '', '--quick-generate-key', `${BOT.name} <${BOT.email}>`, 'ed25519', 'sign', 'never');
    try {
      const checkout = await ruledCheckout(`env GNUPGHOME=${keys.gpgHome} git`);
      await runShell(checkout.path, WORK);
      expect(await push(checkout, await made(checkout, { signing: 'gpg' }))).toBe('pushed');
    } finally {
      execFileSync('gpgconf', ['--homedir', keys.gpgHome, '--kill', 'all']);
    }
  });

  test.each([
    ['that is not set', 'has no ssh key', () => (keys.sshKey = undefined)],
    ['that is not there', 'No such file', () => undefined],
    ['that is no key', 'public key', () => execFileSync('sh', ['-c', `umask 077; echo x >${world.path('id')}`])],
    ['with a passphrase', 'passphrase', () => ssh('-q', '-t', 'ed25519', '-N', 'secret', '-f', world.path('id'))],
  ])('a key %s is signing_failed, which says so', async (_what, reason, prepare) => {
    prepare();
    const tried = trySigning('ssh', keys);
    await expect(tried).rejects.toMatchObject({ type: 'signing_failed', message: expect.stringContaining(reason) });
    await expect(tried).rejects.toThrow('AGENTICORE_SSH_SIGNING_KEY');
  });
});

describe('a message from a template', () => {
  const message =
    '[AB-12] {{SUBJECT}}\n\n{{TASK}}\n\nJob {{JOB_ID}} of {{PROFILE}}: {{JOB_URL}}\nSigned-off-by: Bot <b@c.example>';

  test('is that of one commit, on what the agent merged of the remote, also after another turn', async () => {
    const checkout = await ruledCheckout(await sshKey(), '.AB-12. ');
    const main = await plainGit(origin(), 'rev-parse', 'main');
    await runShell(checkout.path, WORK);
    const first = await made(checkout, { message, signing: 'ssh' });
    expect(await made(checkout, { message, signing: 'ssh' })).toBe(first);
    // Since the mirror was brought up to date, main has gone on, and the agent has fetched it.
    const newest = await plainGit(origin(), 'commit-tree', '-p', main, '-m', 'newest', 'main^{tree}');
    await plainGit(origin(), 'update-ref', 'refs/heads/main', newest);
    await runShell(checkout.path, `echo 4 >d; git add d; git commit -qm third; git pull -q --no-rebase origin main`);
    const sha = await made(checkout, { message, signing: 'ssh' }, 'fix it\nfor @team');
    expect(await inDelivery('log', '-1', '--format=%P %an <%ae>%n%B', sha)).toBe(
      `${newest} Build Bot <bot@corp.example>\n[AB-12] fix it\nfor @\u200bteam\n\nfix it\nfor @\u200bteam\n\n` +
        `Job ${ID} of code: https://agents.example/${ID}\nSigned-off-by: Bot <b@c.example>`,
    );
    expect((await inDelivery('ls-tree', '--name-only', sha)).split('\n')).toEqual([
      ...['README.md', 'a', 'b', 'c', 'd', 'link', 'upstream'],
    ]);
    expect(await push(checkout, sha)).toBe('pushed');
    expect(await plainGit(origin(), 'log', '--format=%s', `main..${BRANCH}`)).toContain('[AB-12] fix it');
  });
});
