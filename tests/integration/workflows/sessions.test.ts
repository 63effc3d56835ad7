import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import {
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { deferred } from '../../../contract/shared/deferred.ts';
import type { ApprovalAsked, DecisionOutcome } from '../../../contract/workflow/approval-state.ts';
import { runIdOf, SESSION_WORKFLOW } from '../../../contract/workflow/names.ts';
import type { RunProgress, RunOutcome, TurnStep } from '../../../contract/workflow/run-state.ts';
import type {
  MessageRequest,
  PostOutcome,
  SessionInput,
  SessionSpec,
  SessionState,
  SpawnOutcome,
} from '../../../contract/workflow/session-state.ts';
import { startApiWorld } from '../../support/api.ts';
import { failure, interrupted } from '../../support/played-host.ts';
import { until } from '../../support/until.ts';
import { createWorkflowWorld, type WorkflowWorld } from '../../support/workflow-world.ts';

let world: WorkflowWorld;
beforeAll(async () => {
  world = await createWorkflowWorld();
});
afterEach(() => world.clear());
afterAll(() => world.end());

const SPEC: SessionSpec = {
  ...{ profile: 'code', approvals: 'ask', approval_timeout_s: 60 },
  ...{ depth: 0, max_depth: 2, max_children: 2 },
};

const open = (spec: Partial<SessionSpec> = {}): Promise<WorkflowHandle> => {
  const input: SessionInput = {
    spec: { ...SPEC, ...spec },
    ...{ owner: 'local', seat_timeout_s: 2, ttl_s: 60, indexed: false },
  };
  const request = { spec: input.spec, owner: input.owner, created_at: new Date().toISOString(), request_hash: '' };
  return world.start(SESSION_WORKFLOW, input, { request });
};

const say = (text: string, more: Partial<MessageRequest> = {}): MessageRequest => ({
  ...{ role: 'user', text, mode: 'queue', body_hash: text },
  ...more,
});

const post = (session: WorkflowHandle, request: MessageRequest, updateId: string = randomUUID()) =>
  session.executeUpdate<PostOutcome, [MessageRequest]>('post', { updateId, args: [request] });

const stateOf = async (session: WorkflowHandle): Promise<SessionState> =>
  (await session.describe()).memo?.session as SessionState;

const runOf = (outcome: Pick<PostOutcome, 'run'>): WorkflowHandle<() => Promise<RunOutcome>> =>
  world.client.workflow.getHandle(outcome.run?.id ?? '');

/** The result of a run, which is no workflow while it waits. */
const resultOf = (outcome: Pick<PostOutcome, 'run'>): Promise<RunOutcome> =>
  until(() =>
    runOf(outcome)
      .result()
      .catch((error: unknown) => {
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw error;
      }),
  );

const codeOf = (error: unknown): unknown =>
  error instanceof WorkflowUpdateFailedError || error instanceof WorkflowFailedError
    ? (error.cause as { type?: string }).type
    : error;

test('each message is answered by a run of its own, in order, on the host that has the files', async () => {
  await world.decide();
  const host = await world.host();
  const session = await open();
  const posted = [await post(session, say('one')), await post(session, say('two'))];
  const results = await Promise.all(posted.map((each) => resultOf(each)));
  expect(results.map(({ output }) => output)).toEqual(['answer to one', 'answer to two']);
  expect(posted.map(({ run }) => run?.id)).toEqual([1, 2].map((number) => runIdOf(session.workflowId, number)));
  const turns = host.calls.flatMap(({ name, step }) => (name === 'runTurn' ? [step as TurnStep] : []));
  expect(turns).toMatchObject([
    { number: 1, agent_session: null },
    { number: 2, agent_session: 'agent-session-1' },
  ]);
  const steps = host.calls.filter(({ name }) => name === 'runTurn').map(({ step }) => step as TurnStep);
  expect(steps.map(({ place }) => place?.disk)).toEqual([null, 'disk-1']);
  // The host may begin with what it is asked for later.
  expect(host.seats.map(({ asked }) => ({ ...steps[0], ...asked.ahead?.turn }))).toEqual(
    steps.map(({ token: _token, ...step }) => ({ ...steps[0], ...step })),
  );
  const state = await until(async () => {
    const now = await stateOf(session);
    return now.status === 'idle' && now;
  });
  expect(state).toMatchObject({ runs: 2, ended_runs: 2, disk: 'disk-1', spent: { cost_usd: 2 }, queue: [] });
});

test('the same key gets the same run, and it is run once', async () => {
  await world.decide();
  const host = await world.host();
  const session = await open();
  const first = await post(session, say('one'), 'key-1');
  await resultOf(first);
  expect(await post(session, say('something else'), 'key-1')).toEqual(first);
  expect(host.names().filter((name) => name === 'runTurn')).toHaveLength(1);
});

test('a message that is no user message starts no run, and is told to the agent with the next', async () => {
  await world.decide();
  const host = await world.host();
  const session = await open();
  expect((await post(session, say('be brief', { role: 'system' }))).run).toBeNull();
  await resultOf(await post(session, say('one')));
  await resultOf(await post(session, say('two')));
  const notes = host.calls.flatMap(({ name, step }) => (name === 'runTurn' ? [(step as TurnStep).notes] : []));
  expect(notes).toEqual([[{ role: 'system', text: 'be brief' }], []]);
});

test('while a run is under way a message is refused, or interrupts it and goes first', async () => {
  await world.decide();
  const begun = deferred();
  await world.host({
    runTurn: async ({ message, generation }, seat) => {
      const answer = { ...ANSWER, generation, spent: seat.report.spent, output: message.text ?? '' };
      if (message.text !== 'long') return answer;
      begun.resolve();
      return interrupted({ ...answer, output: 'half' });
    },
  });
  const session = await open();
  const long = await post(session, say('long'));
  await begun.promise;
  const queued = await post(session, say('later'));
  const refused = post(session, say('not now', { mode: 'reject' }));
  expect(codeOf(await refused.catch((error: unknown) => error))).toBe('session_busy');
  const steer = await post(session, say('first', { mode: 'steer' }));
  expect(await resultOf(long)).toMatchObject({ output: 'half', left: { status: 'interrupted' } });
  await resultOf(queued);
  const times = await Promise.all([steer, queued].map(async (each) => (await runOf(each).describe()).startTime));
  expect(times[0]?.getTime()).toBeLessThan(times[1]?.getTime() ?? 0);
});

test('a run is cancelled whether it has begun or waits, and the session goes on', async () => {
  await world.decide();
  const begun = deferred();
  await world.host({
    runTurn: async ({ message, generation }, seat) => {
      const answer = { ...ANSWER, generation, spent: seat.report.spent };
      if (message.text !== 'long') return answer;
      begun.resolve();
      return interrupted(answer);
    },
  });
  const session = await open();
  const long = await post(session, say('long'));
  const waiting = await post(session, say('waiting'));
  const last = await post(session, say('last'));
  await begun.promise;
  const cancel = (id = ''): Promise<unknown> => session.executeUpdate('cancelQueuedRun', { args: [id] });
  expect(await cancel(waiting.run?.id)).toEqual({ cancelled: true });
  expect(await cancel(long.run?.id)).toEqual({ cancelled: false });
  await runOf(long).cancel();
  await resultOf(last);
  expect((await runOf(long).describe()).status.name).toBe('CANCELLED');
  expect(await stateOf(session)).toMatchObject({
    dropped: [{ id: waiting.run?.id }],
    agent_session: 'agent-session-1',
  });
});

test('a run that fails has its code, and the next one is run', async () => {
  await world.decide();
  await world.host({
    runTurn: ({ message, generation }, seat) => {
      if (message.text === 'bad') throw failure('agent_failed');
      return { ...ANSWER, generation, spent: seat.report.spent };
    },
  });
  const session = await open();
  const bad = await post(session, say('bad'));
  const good = await post(session, say('good'));
  expect(codeOf(await resultOf(bad).catch((error: unknown) => error))).toBe('agent_failed');
  expect((await runOf(bad).describe()).memo?.progress).toMatchObject({
    status: 'failed',
  } satisfies Partial<RunProgress>);
  await resultOf(good);
});

const ANSWER = {
  ...{ status: 'succeeded' as const, output: 'ok', agent_session: 'agent-session-1', generation: 1 },
  ...{ num_turns: 1, warm: false, restarted: false, warnings: [] },
};

/** A host whose agent asks for one decision in each turn, and says what it was. */
async function askingHost(session: () => WorkflowHandle): Promise<void> {
  const answered = deferred<boolean>();
  await world.host({
    runTurn: async (step, seat) => {
      await session().signal<[ApprovalAsked]>('approvalAsked', asking(step));
      const output = String(await answered.promise);
      return { ...ANSWER, generation: step.generation, spent: seat.report.spent, output };
    },
    answerApproval: ({ allow }) => answered.resolve(allow),
  });
}

test('an approval waits for its first decision, which is brought to the agent', async () => {
  await world.decide();
  await askingHost(() => session);
  const session = await open();
  const run = await post(session, say('remove it'));
  await until(async () => (await stateOf(session)).status === 'waiting_approval');
  const { currentDetails } = await session.query<{ currentDetails: string }>('__temporal_workflow_metadata');
  expect(currentDetails).toContain('- **run**: 1, `remove it`');
  expect(currentDetails).toMatch(/\*\*Waits for a decision\*\* until \S+: `Bash: /);
  expect(currentDetails).toContain('- `agenticore session approve apr_1`\n- `agenticore session deny apr_1`');
  const decide = (decision: string): Promise<DecisionOutcome> =>
    session.executeUpdate('decide', {
      args: [{ approval_id: 'apr_1', decision, remember: false, by: 'local', via: 'rest' }],
    });
  expect(await decide('allow')).toMatchObject({ won: true, approval: { status: 'allowed', decided_by: 'local' } });
  expect(await decide('deny')).toMatchObject({ won: false, approval: { status: 'allowed' } });
  expect((await resultOf(run)).output).toBe('true');
});

test('an approval that nobody decides is denied when its time is over, and the record says so', async () => {
  await world.decide();
  await askingHost(() => session);
  const session = await open({ approval_timeout_s: 1 });
  expect((await resultOf(await post(session, say('remove it')))).output).toBe('false');
  expect((await stateOf(session)).approvals).toMatchObject([{ id: 'apr_1', status: 'expired', via: 'timeout' }]);
});

test('a child does its task, its end wakes the parent once, and a third child is refused', async () => {
  await world.decide();
  const host = await world.host();
  const session = await open();
  await resultOf(await post(session, say('begin')));
  const spawn = (id: string, key: string): Promise<SpawnOutcome> =>
    session.executeUpdate('spawn', {
      updateId: key,
      args: [
        {
          ...{ session_id: id, run_id: runIdOf(session.workflowId, 1), spec: {}, wake: true, body_hash: '' },
          task: say('look around'),
        },
      ],
    });
  const id = randomUUID();
  const spawned = await spawn(id, 'child-1');
  expect(spawned).toMatchObject({ session_id: id, run: { id: runIdOf(id, 1) } });
  expect(await spawn(randomUUID(), 'child-1')).toEqual(spawned);
  const state = await until(async () => {
    const now = await stateOf(session);
    return now.ended_runs === 2 && now;
  });
  expect(state).toMatchObject({
    ...{ children: [{ session_id: id, status: 'succeeded' }], children_cost_usd: 1 },
    ...{ runs: 2, spent: { cost_usd: 2 } },
  });
  const texts = host.calls.flatMap(({ name, step }) => (name === 'runTurn' ? [(step as TurnStep).message.text] : []));
  expect(texts).toEqual(['begin', 'look around', expect.stringContaining('answer to look around')]);
  const second = await spawn(randomUUID(), 'child-2');
  const third = spawn(randomUUID(), 'child-3');
  expect(codeOf(await third.catch((error: unknown) => error))).toBe('child_limit');
  await resultOf(second);
});

test('a session that is closed runs what waits, takes nothing new, and leaves its disk', async () => {
  await world.decide();
  const host = await world.host({ closeSession: () => ({ kept: 'The worktree has work.' }) });
  const session = await open();
  const last = await post(session, say('last'));
  await session.executeUpdate('close', { args: [{ cancel: false }] });
  expect(codeOf(await post(session, say('more')).catch((error: unknown) => error))).toBe('session_closed');
  await resultOf(last);
  await session.result();
  expect(host.names()).toContain('closeSession');
  expect(await stateOf(session)).toMatchObject({ status: 'closed', warnings: ['The worktree has work.'] });
});

test('a session whose history is long goes on with its queue, its keys and its agent', async () => {
  await world.decide();
  const host = await world.host();
  const session = await open();
  const first = (await session.describe()).runId;
  const turns = 105;
  const posted: PostOutcome[] = [];
  for (let turn = 1; turn <= turns; turn++) {
    posted.push(await post(session, say(`turn ${turn}`), `key-${turn}`));
    await resultOf(posted.at(-1)!);
  }
  expect(await post(session, say('turn 104'), 'key-104')).toEqual(posted[103]);
  const numbers = host.calls.flatMap(({ name, step }) => (name === 'runTurn' ? [(step as TurnStep).number] : []));
  expect(numbers).toEqual(Array.from({ length: turns }, (_, index) => index + 1));
  const state = await until(async () => {
    const now = await stateOf(session);
    return now.ended_runs === turns && now;
  });
  expect(state).toMatchObject({ runs: turns, spent: { cost_usd: turns } });
  const { historyLength, runId } = await session.describe();
  expect(historyLength).toBeLessThan(1_000);
  expect(runId).not.toBe(first);
});

const asking = ({ run_id, token, attempt }: TurnStep): ApprovalAsked => ({
  ...{ id: 'apr_1', run_id, tool_use_id: 'toolu_1', tool: 'Bash', input: '{"command":"rm x"}', input_cut: false },
  ...{ host: Context.current().info.taskQueue, token, attempt, at: new Date().toISOString() },
});

test('what a session has made is delivered on its branch, where its files are, and the record says where', async () => {
  await world.decide();
  const host = await world.host();
  const session = await open({ repo_url: 'https://forge.test/acme/app', title: 'mend it' });
  await resultOf(await post(session, say('mend it')));
  const outcome = await session.executeUpdate<PostOutcome, [object]>('deliver', { args: [{ body_hash: '' }] });
  const { output, left } = await resultOf(outcome);
  expect(output).toBe('https://forge.test/pulls/1');
  expect(left.delivered).toMatchObject({ sha: 'b'.repeat(40), pr_url: output });
  expect(host.names().slice(-5)).toEqual(['updateMirror', 'commitWork', 'deliver', 'openPullRequest', 'leaveSession']);
  const state = await until(async () => {
    const now = await stateOf(session);
    return now.ended_runs === 2 && now;
  });
  expect(state).toMatchObject({ pr_url: output, sha: 'b'.repeat(40), recorded: ['b'.repeat(40)] });
});

test('without a repository there is nothing to deliver', async () => {
  await world.decide();
  const session = await open();
  const refused = session.executeUpdate('deliver', { args: [{ body_hash: '' }] });
  expect(codeOf(await refused.catch((error: unknown) => error))).toBe('invalid_request');
});

test('a run that only waits for a decision holds no seat, and goes on with it', async () => {
  await world.decide();
  let turns = 0;
  const answered = deferred<boolean>();
  const host = await world.host({
    runTurn: async (step, seat) => {
      const answer = { ...ANSWER, generation: step.generation, spent: seat.report.spent };
      await session.signal<[ApprovalAsked]>('approvalAsked', asking(step));
      if (turns++ === 0) return { ...answer, status: 'waiting', output: '' };
      return { ...answer, output: String(await answered.promise) };
    },
    answerApproval: ({ allow }) => {
      if (turns < 2) throw failure('approval_gone');
      answered.resolve(allow);
    },
  });
  const session = await open();
  const posted = await post(session, say('remove it'));
  await until(async () => host.seats.length === 1 && (await shownRun(posted))?.status === 'waiting_approval');
  await host.seats[0]?.over;
  await session.executeUpdate('decide', {
    args: [{ approval_id: 'apr_1', decision: 'allow', remember: false, by: 'local', via: 'rest' }],
  });
  expect((await resultOf(posted)).output).toBe('true');
  expect(host.seats).toHaveLength(2);
  expect((await stateOf(session)).approvals).toMatchObject([{ status: 'allowed', delivered: true }]);
});

test('a decision reaches an agent whose host takes no steps for a while', async () => {
  await world.decide();
  const away = `host-${randomUUID()}`;
  const answered = deferred<boolean>();
  await world.host({
    runTurn: async (step, seat) => {
      await session.signal<[ApprovalAsked]>('approvalAsked', { ...asking(step), host: away });
      const output = String(await answered.promise);
      return { ...ANSWER, generation: step.generation, spent: seat.report.spent, output };
    },
  });
  const session = await open();
  const posted = await post(session, say('remove it'));
  await until(async () => (await stateOf(session)).status === 'waiting_approval');
  await session.executeUpdate('decide', {
    args: [{ approval_id: 'apr_1', decision: 'allow', remember: false, by: 'local', via: 'rest' }],
  });
  await until(async () => {
    const { events } = await session.fetchHistory();
    return events?.some(({ activityTaskTimedOutEventAttributes: timedOut }) => timedOut != null);
  });
  await world.host({ answerApproval: ({ allow }) => answered.resolve(allow) }, { host: away, disk: 'disk-2' });
  expect((await resultOf(posted)).output).toBe('true');
  await until(async () => (await stateOf(session)).approvals[0]?.delivered);
});

test('who reads of an approval before its session has heard of it decides it all the same', async () => {
  const worker = await world.decide();
  const asked = deferred<ApprovalAsked>();
  const answered = deferred<boolean>();
  await world.host({
    runTurn: async (step, seat) => {
      asked.resolve({ ...asking(step), id: `apr_${'0'.repeat(24)}` });
      const output = String(await answered.promise);
      return { ...ANSWER, generation: step.generation, spent: seat.report.spent, output };
    },
    answerApproval: ({ allow }) => answered.resolve(allow),
  });
  const session = await open();
  const posted = await post(session, say('remove it'));
  const approval = await asked.promise;
  await until(async () => (await stateOf(session)).active);
  const api = await startApiWorld({}, world.temporal);
  await worker.stop();
  await session.signal<[ApprovalAsked]>('approvalAsked', approval);
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ decision: 'allow', session_id: session.workflowId });
  const deciding = api.send({ method: 'POST', path: `/approvals/${approval.id}`, body, headers });
  await world.decide();
  expect(await deciding).toMatchObject({ status: 200, body: { approval: { status: 'allowed' } } });
  expect((await resultOf(posted)).output).toBe('true');
  await api.close();
});

const shownRun = async (outcome: PostOutcome): Promise<RunProgress | undefined> =>
  (
    await runOf(outcome)
      .describe()
      .catch(() => undefined)
  )?.memo?.progress as RunProgress | undefined;
