import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { fixingAgent } from '../support/model/scripts.ts';
import { createBareRepo } from '../support/sample-repo.ts';
import { canariesIn, canariesInFiles, canariesInProcesses } from '../support/canaries.ts';
import { acceptPushes, startGitServer, type GitServer } from '../support/git-server.ts';
import { startIssuer, type Issuer } from '../support/issuer.ts';
import { callTool, connectMcp } from '../support/mcp.ts';
import { gate } from '../support/model-server.ts';
import { createPlace, type Place } from '../support/place.ts';
import { createWorld, writeProfile, type World } from '../support/world.ts';

const AUDIENCE = 'https://agenticore.example';
const looked = gate();
let issuer: Issuer;
let repositories: Place;
let git: GitServer;
let world: World;

beforeAll(async () => {
  issuer = await startIssuer(AUDIENCE);
  repositories = await createPlace();
  const repo = join(repositories.dir, 'origin.git');
  await createBareRepo(repo);
  await acceptPushes(repo);
  git = await startGitServer(repositories.dir);
  world = await createWorld({
    embedded: true,
    script: fixingAgent({
      edits: { 'fix.txt': 'fixed' },
      commands: [{ command: 'env; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr "\\0" " "', hold: looked.opened }],
    }),
    env: {
      AGENTICORE_OAUTH_ISSUER: issuer.url,
      AGENTICORE_OAUTH_AUDIENCE: AUDIENCE,
      AGENTICORE_ALLOWED_REPO_HOSTS: git.host,
      AGENTICORE_LOG_LEVEL: 'debug',
    },
  });
  await writeProfile(world, 'pushing', 'extends: code\ndeliver: push\n');
});
afterAll(async () => {
  await world.end();
  await git.close();
  await issuer.close();
  await rm(repositories.dir, { recursive: true });
});

test('the token of an MCP caller reaches neither the model, nor the agent, nor the git host, nor anything that is kept', async () => {
  const product = await world.start('serve');
  const canaries = { token: await issuer.token({ sub: 'carol' }) };
  const requestInit = { headers: { authorization: `Bearer ${canaries.token}` } };
  const client = await connectMcp(new StreamableHTTPClientTransport(new URL(`${product.url}/mcp`), { requestInit }));
  const args = { task: 'fix it', repo_url: git.url('origin.git'), profile: 'pushing', wait: true };
  const running = callTool(client, 'run_task', args);
  await world.model.waitFor(({ conversation }) => (conversation?.calls.length ?? 0) > 0);
  expect(canariesInProcesses(canaries)).toEqual({ cmdline: [], environ: [] });
  looked.open();
  const { body } = await running;
  expect(body.job).toMatchObject({ status: 'succeeded', branch: expect.any(String) });
  await client.close();
  await product.stop();
  const asked = JSON.stringify(world.model.requests);
  // What the agent saw of its environment was told to the model.
  expect(asked).toContain('ANTHROPIC_BASE_URL=');
  expect(git.heard()).toContain('git-receive-pack');
  for (const text of [asked, git.heard(), product.said()]) expect(canariesIn(text, canaries)).toEqual([]);
  const kept = canariesInFiles(world.dir, canaries);
  expect(kept.found).toEqual([]);
  expect(kept.files).toContain(join(world.dir, 'data', 'temporal.db'));
});
