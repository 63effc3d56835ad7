import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ApprovalRecord } from '../../contract/http/approval.ts';
import type { RunRecord } from '../../contract/http/run.ts';
import type { SessionRecord } from '../../contract/http/session.ts';
import { CODEX_MODEL } from '../support/codex-agent.ts';
import { Scrape } from '../support/metrics.ts';
import { bash } from '../support/model/scripts.ts';
import { call, runJob, type Product } from '../support/product.ts';
import { until } from '../support/until.ts';
import { createWorld, fixing, type World } from '../support/world.ts';

let world: World;
let product: Product;
beforeAll(async () => {
  world = await createWorld({
    script: (conversation) => {
      if (!conversation.task.includes('the record')) return fixing()(conversation);
      const isDone = conversation.calls.some(({ result }) => result?.is_error === false);
      return isDone ? { text: 'It is made.' } : bash('echo made >> record.txt');
    },
    env: {
      AGENTICORE_MAX_PARALLEL_JOBS: '1',
      AGENTICORE_APPROVAL_HOLD_S: '1',
      OPENAI_API_KEY: 'sk-openai-of-this-test',
    },
  });
  product = await world.start('serve', { env: { OPENAI_BASE_URL: `${world.model.url}/v1` } });
});
afterAll(() => world.end());

const get = async <T>(path: string): Promise<T> => (await call<T>(product.url, path)).body;
const post = async <T>(path: string, json: object): Promise<T> => (await call<T>(product.url, path, { json })).body;

test.each([
  { agent: 'claude', model: 'sonnet', tool: 'Bash' },
  { agent: 'codex', model: CODEX_MODEL, tool: 'exec_command' },
])(
  'while a tool call of $agent waits for a decision the only seat is free for jobs; allowed then, it runs once',
  async ({ tool, ...who }) => {
    const { session } = await post<{ session: SessionRecord }>('/sessions', { ...who, approvals: 'ask' });
    const { run } = await post<{ run: RunRecord }>(`/sessions/${session.id}/send`, { text: 'make the record' });
    const approval = await until(async () => {
      const { approvals } = await get<{ approvals: ApprovalRecord[] }>(`/approvals?session_id=${session.id}`);
      return approvals.find(({ status }) => status === 'pending');
    });
    expect(approval).toMatchObject({ run_id: run.id, tool, input: expect.stringContaining('record.txt') });
    expect(await runJob(() => product.url, { task: 'fix it', repo_url: world.repo })).toMatchObject({
      status: 'succeeded',
    });
    expect((await get<{ run: RunRecord }>(`/runs/${run.id}`)).run.status).toBe('waiting_approval');
    const waiting = await until(async () => {
      const told = await Scrape.of(product.url);
      return told.sum('agenticore_approvals_waiting') === 1 && told;
    });
    expect(waiting.sum('agenticore_approvals_oldest_seconds')).toBeGreaterThan(0);
    expect(waiting.sum('agenticore_takeovers_total')).toBe(0);

    await post(`/approvals/${approval.id}`, { decision: 'allow' });
    const ended = await get<{ run: RunRecord }>(`/runs/${run.id}/wait?timeout_s=60`);
    expect(ended.run).toMatchObject({ status: 'succeeded', output: 'It is made.' });
    const folder = await until(
      async () => (await get<{ session: SessionRecord }>(`/sessions/${session.id}`)).session.worktree_path ?? undefined,
    );
    expect(await readFile(join(folder, 'record.txt'), 'utf8')).toBe('made\n');
    const { approvals } = await get<{ approvals: ApprovalRecord[] }>(`/approvals?session_id=${session.id}`);
    expect(approvals).toMatchObject([{ id: approval.id, status: 'allowed', via: 'rest' }]);
    await until(async () => (await Scrape.of(product.url)).sum('agenticore_approvals_waiting') === 0);
  },
);
