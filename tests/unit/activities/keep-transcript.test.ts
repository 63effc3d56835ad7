import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { jobPaths } from '../../../activities/paths.ts';
import { sessionId } from '../../../activities/session.ts';
import { keepTranscript } from '../../../activities/keep-transcript.ts';
import type { HostSettings } from '../../../activities/deps.ts';
import { loadConfig } from '../../../config/index.ts';
import { createAgents } from '../../../runners/agents.ts';

const JOB = '6027f97e-ed57-4254-90bd-c27115ebb35b';
const KEY = 'sk-ant-scripted-key-0001';
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'agenticore-transcript-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

/** What is kept of a transcript. */
async function keep(transcript: string, env: Record<string, string> = { ANTHROPIC_API_KEY: KEY }): Promise<string> {
  const paths = jobPaths({ dataDir, worktreeRoot: dataDir }, { job_id: JOB });
  const file = join(paths.config, 'projects', '-work', `${sessionId(JOB, 1)}.jsonl`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, transcript);
  await writeFile(paths.profile, JSON.stringify({ agent: 'claude', env: [] }));
  const author = { name: 'A', email: 'a@b' };
  const toolchains = { names: [], roots: [], env: {}, path: [] };
  const settings = { dataDir, worktreeRoot: dataDir, env, author, toolchains } as unknown as HostSettings;
  const agents = createAgents(loadConfig({}));
  const log = { warn: () => undefined, error: () => undefined, info: () => undefined };
  const kept = await keepTranscript({ settings, agents, log }, { job_id: JOB }, 1);
  return readFile(kept ?? '', 'utf8');
}

test('a line ends at LF and nowhere else: a transcript without secrets is kept to the byte', async () => {
  const lines = ['{"type":"user",\r"text":"one\u2028two\u2029three"}', '', 'no JSON\r', '{"n": 1.0}'];
  expect(await keep(`${lines.join('\n')}\n`)).toBe(`${lines.join('\n')}\n`);
});

test('a secret is masked in every text of a transcript, also where JSON writes it otherwise', async () => {
  const secret = 'a"quoted\\secret-4-nobody';
  const entry = { type: 'user', input: { command: `echo ${secret}`, all: [secret] } };
  const kept = await keep(`${JSON.stringify(entry)}\nplain ${secret}\n`, { ANTHROPIC_API_KEY: secret });
  expect(kept).not.toContain('secret-4-nobody');
  const [first = '', second] = kept.split('\n');
  expect(JSON.parse(first)).toEqual({
    type: 'user',
    input: { command: 'echo <ANTHROPIC_API_KEY>', all: ['<ANTHROPIC_API_KEY>'] },
  });
  expect(second).toBe('plain <ANTHROPIC_API_KEY>');
});

test('a transcript under a credential that is a word of the protocol stays one', async () => {
  const line = '{"type":"assistant","message":{"role":"assistant","content":"assistant"}}';
  expect(await keep(`${line}\n`, { ANTHROPIC_API_KEY: 'assistant' })).toBe(`${line}\n`);
});
