import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { deferred } from '../../contract/shared/deferred.ts';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { fixingAgent } from '../support/model/scripts.ts';
import { agenticore } from '../support/command.ts';
import { createAppWorld, createForgeWorld, type ForgeWorld } from '../support/forge-world.ts';
import type { Pull } from '../support/forges/state.ts';
import { jobEnded, submit, type Product } from '../support/product.ts';
import { plainGit } from '../support/sample-repo.ts';
import { until } from '../support/until.ts';
import { fixing, remains, writeProfile } from '../support/world.ts';

const PROFILE = `extends: code
pull_request:
  draft: true
  labels: [bot]
  reviewers: [ada]
`;

const RULED = `extends: code
commit_signing: forge
commit_message: '[AB-12] {{SUBJECT}}'
branch_prefix: feature/bot-
`;

let world: ForgeWorld;

/** The id of the workflow that Temporal's own command finds; the list may lag behind the end of a job. */
const foundInTemporal = (query: string): Promise<string> =>
  until(async () => {
    const listed = await agenticore(world.env, 'temporal', 'workflow', 'list', '--query', query, '--output', 'json');
    const [first] = JSON.parse(listed) as { execution: { workflowId: string } }[];
    return first?.execution.workflowId;
  });

const run = async (product: Product, request: object): Promise<JobRecord> =>
  jobEnded(() => product.url, (await submit(product.url, { repo_url: world.url(), ...request })).id);

describe.each(['github', 'gitlab', 'gitea'] as const)('on %s a job', (kind) => {
  let product: Product;
  beforeAll(async () => {
    world = await createForgeWorld(kind);
    await writeProfile(world, 'careful', PROFILE);
    product = await world.start('serve');
  });
  afterAll(() => world.end());

  const pullsOf = (job: JobRecord): Pull[] => world.forge.state.pulls.filter(({ branch }) => branch === job.branch);

  test('is cloned, worked on, pushed and opened as the pull request that its profile describes', async () => {
    const job = await run(product, { task: 'fix it\n\nand close #1', profile: 'careful' });
    expect(job).toMatchObject({ status: 'succeeded', pr_url: expect.stringContaining('acme/app'), warnings: [] });
    const [pull, ...more] = pullsOf(job);
    expect(more).toEqual([]);
    expect(pull).toMatchObject({ repo: 'acme/app', headRepo: 'acme/app', base: 'main', draft: true });
    expect(pull).toMatchObject({ title: expect.stringContaining('fix it'), labels: ['bot'], reviewers: ['ada'] });
    expect(pull?.body).toContain('All done.');
    expect(pull?.body).toContain(job.id);
    expect(pull?.body).not.toContain('close #1');
    expect(await world.log(job.branch ?? '')).toEqual(['fix it']);
    expect(new Set(world.forge.gitPasswords)).toEqual(new Set(['user-token']));
    expect(world.forge.unexpected).toEqual([]);
    expect(remains(world, job.id)).toEqual([]);
    expect(await foundInTemporal(`AgenticorePr = '${job.pr_url ?? ''}'`)).toBe(job.id);
  });

  test('with create_repo makes a private repository where there is none', async () => {
    const request = { task: 'fix it', repo_url: world.url('acme/new'), create_repo: true };
    const jobs = [await run(product, request), await run(product, request)];
    expect(jobs).toMatchObject([{ status: 'succeeded' }, { status: 'succeeded' }]);
    expect(world.forge.state.repo('acme/new')).toMatchObject({ private: true });
    expect(jobs.flatMap(pullsOf).map(({ repo }) => repo)).toEqual(['acme/new', 'acme/new']);
    expect(world.forge.unexpected).toEqual([]);
  });

  if (kind === 'github')
    test('with a token whose rights are not told goes to a fork only after a push that is refused', async () => {
      const [app] = world.forge.state.repos;
      if (app !== undefined) app.tellsRights = false;
      const pushed = await run(product, { task: 'fix it' });
      expect(pullsOf(pushed)).toMatchObject([{ repo: 'acme/app', headRepo: 'acme/app' }]);
      expect(world.forge.state.repo('robot/app')).toBeUndefined();
      await plainGit(world.dirOf(), 'config', 'http.receivepack', 'false');
      const refused = await run(product, { task: 'fix it' });
      expect(pullsOf(refused)).toMatchObject([{ repo: 'acme/app', headRepo: 'robot/app' }]);
      expect(await world.log(refused.branch ?? '', 'robot/app')).toEqual(['fix it']);
      if (app !== undefined) app.tellsRights = true;
    });

  test('without the right to push goes to a fork, and its pull request comes from there', async () => {
    const [app] = world.forge.state.repos;
    if (app !== undefined) app.mayPush = false;
    const job = await run(product, { task: 'fix it' });
    expect(job).toMatchObject({ status: 'succeeded', pr_url: expect.stringContaining('acme/app') });
    expect(pullsOf(job)).toMatchObject([{ repo: 'acme/app', headRepo: 'robot/app' }]);
    expect(await world.log(job.branch ?? '', 'robot/app')).toEqual(['fix it']);
    expect(world.forge.unexpected).toEqual([]);
  });
});

describe('a GitHub App', () => {
  afterEach(() => world.end());

  test('has its token made at the moment of the push: one of an hour ago is never used; GitHub signs its commits', async () => {
    const { promise: hold, resolve: release } = deferred();
    const work =
      "git mv README.md fix.txt; printf '\\377\\0' > bin; chmod +x bin; ln -s bin link; git add -A; git commit -q -m 'fix it'";
    const command = { command: work, hold };
    const app = await createAppWorld({ script: fixingAgent({ commands: [command] }) });
    world = app;
    await writeProfile(app, 'ruled', RULED);
    const product = await app.start('serve');
    const { id } = await submit(product.url, { task: 'fix it', profile: 'ruled', repo_url: app.url() });
    await app.model.waitFor(({ conversation }) => conversation !== null);
    const before = app.forge.minted.map(({ token }) => token);
    app.forge.expireMinted();
    release();
    const branch = `feature/bot-${id.slice(0, 8)}`;
    const job = await jobEnded(() => product.url, id);
    expect(job).toMatchObject({ status: 'succeeded', pr_url: expect.any(String), branch });
    const shown = app.forge.gitPasswords.slice(app.forge.gitPasswords.lastIndexOf(before.at(-1) ?? '') + 1);
    expect(before.length).toBeGreaterThan(0);
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.filter((token) => before.includes(token))).toEqual([]);
    // GitHub has made the one commit, with the message of the profile and the files of the agent.
    const said = await plainGit(app.dirOf(), 'log', '-1', '--format=%H %an: %B', branch);
    expect(said).toBe(`${job.sha ?? ''} acme-app[bot]: [AB-12] fix it`);
    expect(await plainGit(app.dirOf(), 'cat-file', 'commit', branch)).toContain('gpgsig');
    expect(await plainGit(app.dirOf(), 'rev-list', '--count', `main..${branch}`)).toBe('1');
    const files = await plainGit(app.dirOf(), 'ls-tree', '-r', '--format=%(objectmode) %(path)', branch);
    expect(files.split('\n')).toEqual(['100755 bin', '100644 fix.txt', '120000 link']);
    expect(app.forge.unexpected).toEqual([]);
  });
});

describe('a pull request', () => {
  afterEach(() => world.end());

  test('is not made where the profile only pushes, and not where nobody knows the forge, of which a warning tells', async () => {
    world = await createForgeWorld('gitea', { env: { AGENTICORE_LOG_LEVEL: 'error' } });
    await writeProfile(world, 'pushing', 'extends: code\nauto_pr: false\n');
    // The git server that no forge is in front of may be used, too.
    const hosts = { AGENTICORE_ALLOWED_REPO_HOSTS: `${world.forge.host},${world.git.host}` };
    const product = await world.start('serve', { env: hosts });
    const pushed = await run(product, { task: 'fix it', profile: 'pushing' });
    expect(pushed).toMatchObject({ status: 'succeeded', pr_url: null, branch: expect.any(String), warnings: [] });
    const job = await run(product, { task: 'fix it', repo_url: world.git.url('acme/app.git') });
    expect(world.forge.state.pulls).toEqual([]);
    expect(job).toMatchObject({ status: 'succeeded', pr_url: null, warnings: [expect.stringContaining('forges')] });
  });

  test('fails the job, before the agent has run for nothing, where there is no token for the forge', async () => {
    world = await createForgeWorld('gitlab', { env: { GITLAB_TOKEN: '' }, script: fixing() });
    const job = await run(await world.start('serve'), { task: 'fix it' });
    expect(job).toMatchObject({ status: 'failed', error_stage: 'updating_mirror', next_step: expect.any(String) });
    expect(world.model.requests).toEqual([]);
  });
});
