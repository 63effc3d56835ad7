import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import ts from 'typescript';
import { PROTOCOL_VERSION } from '../../../runners/codex/protocol.ts';
import { CODEX } from '../../support/model-agent.ts';

/** What the CLI sends is what protocol.ts says, and what we send is what the CLI takes. */
const CHECK = `
import type { InitializeParams, InitializeResponse, ServerNotification, ServerRequest, v2 } from './generated/index';
import type * as Ours from '${resolve('runners/codex/protocol')}';

type Params<Method> = Extract<ServerNotification | ServerRequest, { method: Method }>['params'];
type Own<Message> = Omit<Message, 'item' | 'turn'>;
declare const params: { [Method in keyof Ours.Messages]: Own<Params<Method>> };
export const messages: { [Method in keyof Ours.Messages]: Own<Ours.Messages[Method]> } = params;

type Item<Items, Type> = Extract<Items, { type: Type }>;
declare const items: { [Type in Ours.ThreadItem['type']]: Item<v2.ThreadItem, Type> };
export const ourItems: { [Type in Ours.ThreadItem['type']]: Item<Ours.ThreadItem, Type> } = items;

declare const turn: Omit<v2.Turn, 'items'>;
export const ourTurn: Omit<Ours.Turn, 'items'> = turn;

type Plain<Answer> = Omit<Answer, 'thread'>;
declare const answers: {
  initialize: InitializeResponse;
  'thread/start': Plain<v2.ThreadStartResponse>;
  'thread/resume': Plain<v2.ThreadResumeResponse>;
  'thread/fork': Plain<v2.ThreadForkResponse>;
  'thread/inject_items': v2.ThreadInjectItemsResponse;
  'thread/backgroundTerminals/clean': v2.ThreadBackgroundTerminalsCleanResponse;
  'turn/start': v2.TurnStartResponse;
  'turn/steer': v2.TurnSteerResponse;
  'turn/interrupt': v2.TurnInterruptResponse;
  'skills/list': v2.SkillsListResponse;
};
export const ourAnswers: { [Method in keyof Ours.Calls]: Plain<Ours.Calls[Method]['answer']> } = answers;

const place = { approvalPolicy: 'on-request', sandbox: 'read-only', cwd: '', model: null, config: {}, baseInstructions: '' } as const;
const input: v2.UserInput[] = [{ type: 'text', text: '', text_elements: [] }, { type: 'image', url: '' }];
export const sent = {
  initialize: { clientInfo: { name: '', title: '', version: '' }, capabilities: { experimentalApi: true, requestAttestation: false } } satisfies InitializeParams,
  start: { ...place, developerInstructions: null, historyMode: 'legacy' } satisfies v2.ThreadStartParams,
  resume: { ...place, threadId: '', excludeTurns: true } satisfies v2.ThreadResumeParams,
  fork: { ...place, threadId: '', excludeTurns: true } satisfies v2.ThreadForkParams,
  turn: { threadId: '', clientUserMessageId: '', input, outputSchema: null } satisfies v2.TurnStartParams,
  steer: { threadId: '', expectedTurnId: '', input } satisfies v2.TurnSteerParams,
  interrupt: { threadId: '', turnId: '' } satisfies v2.TurnInterruptParams,
  clean: { threadId: '' } satisfies v2.ThreadBackgroundTerminalsCleanParams,
  inject: { threadId: '', items: [] } satisfies v2.ThreadInjectItemsParams,
  skills: { cwds: [''], forceReload: true } satisfies v2.SkillsListParams,
  command: { decision: 'decline' } satisfies v2.CommandExecutionRequestApprovalResponse,
  file: { decision: 'accept' } satisfies v2.FileChangeRequestApprovalResponse,
  elicitation: { action: 'accept', content: null, _meta: null } satisfies v2.McpServerElicitationRequestResponse,
};
`;

const run = promisify(execFile);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agenticore-codex-'));
  await mkdir(join(folder, 'home'));
  const env = { PATH: process.env.PATH, CODEX_HOME: join(folder, 'home') };
  const out = join(folder, 'generated');
  await run(CODEX, ['app-server', 'generate-ts', '--experimental', '--out', out], { env });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What the compiler says about `check` beside the types that the installed CLI generates. */
async function complaints(check: string): Promise<string[]> {
  const file = join(folder, 'check.ts');
  await writeFile(file, check);
  const program = ts.createProgram([file], {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  });
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

test('the installed CLI has the protocol that the driver was written for', async () => {
  expect((await run(CODEX, ['--version'])).stdout.trim()).toBe(`codex-cli ${PROTOCOL_VERSION}`);
  expect(await complaints(CHECK)).toEqual([]);
});

test('a field that the CLI does not have is found', async () => {
  const found = await complaints(CHECK.replace("historyMode: 'legacy'", "historyKind: 'legacy'"));
  expect(found.join()).toContain('historyKind');
});
