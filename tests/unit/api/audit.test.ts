import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compareSaid } from '../../../api/audit/compare.ts';
import { readRuns, type LoggedRun } from '../../../api/audit/log.ts';
import type { AgentEvent } from '../../../contract/shared/events.ts';
import { FileLog } from '../../../events/file-log.ts';
import { findTranscript, readTranscript } from '../../../runners/transcripts.ts';
import { createCodexPlayground, runCodex } from '../../support/codex-agent.ts';
import { bash, inOrder } from '../../support/model/scripts.ts';
import { collect, createPlayground, runTask } from '../../support/model-agent.ts';
import { withModel } from '../../support/model-server.ts';

const never = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'agenticore-audit-'));
const log = new FileLog(folder);
afterAll(async () => {
  await log.close();
  rmSync(folder, { recursive: true });
});

/** What the event log has of a run that said `events`. */
async function logged(stream: string, events: AgentEvent[], attempts = 1): Promise<LoggedRun[]> {
  for (let attempt = 1; attempt <= attempts; attempt++) await log.append(stream, [{ type: 'run_started', attempt }]);
  await log.append(stream, events);
  return (await readRuns(log, stream)).runs;
}

const AGENTS = { claude: [createPlayground, runTask], codex: [createCodexPlayground, runCodex] } as const;

describe.each(['claude', 'codex'] as const)('an answer of %s', (name) => {
  let runs: LoggedRun[];
  let transcript: string;
  beforeAll(async () => {
    const [create, run] = AGENTS[name];
    const place = create();
    const script = inOrder([{ thinking: 'I think of it.' }, ...bash('echo seen; exit 3', 'I look.')], {
      text: 'Done.',
    });
    await withModel(script, async (model) => {
      const task = place.run(model.url);
      runs = await logged(name, await collect(run(task, never)));
      const path = await findTranscript(task.configDir, task.sessionId);
      transcript = readFileSync(path ?? '', 'utf8');
    });
    place.remove();
  });
  const differences = (text: string): string[] => {
    const { said: other, keepsCalls } = readTranscript(text);
    return compareSaid({ surface: 'transcript', runs, other, keepsCalls }).map(({ what }) => what);
  };

  test('is the same in the event log and in the transcript of its CLI', () => {
    expect(runs[0]?.said.map(({ type }) => type)).toEqual(['thinking', 'text', 'tool_use', 'tool_result', 'text']);
    expect(differences(transcript)).toEqual([]);
  });

  test('that is not the same is told, by what is missing and what is too much', () => {
    const lines = transcript.split('\n');
    const without = (word: string): string => lines.filter((line) => !line.includes(word)).join('\n');
    expect(differences(without('I look.'))).toEqual(['a text of the event log is missing: "I look."']);
    expect(differences(transcript.replaceAll('I think of it.', 'I thought.'))).toEqual([
      'a thought of the event log is missing: "I think of it."',
      'a thought of 10 characters is not in the event log',
    ]);
    const call = runs[0]?.said.find(({ type }) => type === 'tool_use');
    const id = call?.type === 'tool_use' ? call.id : '';
    expect(differences(transcript.replaceAll(id, 'call_other'))).toEqual([
      `the call ${id} of ${name === 'claude' ? 'Bash' : 'exec_command'} is missing`,
      `the result of the call ${id} is missing`,
      `the call call_other of ${name === 'claude' ? 'Bash' : 'exec_command'} is not in the event log`,
      'the result of the call call_other is not in the event log',
    ]);
  });
});

test('what the log masks may stand in the transcript, and is not repeated', async () => {
  const runs = await logged('masked', [{ type: 'text', text: 'The key is <ANTHROPIC_API_KEY>, I think.' }]);
  const compare = (text: string): string[] =>
    compareSaid({ surface: 'transcript', runs, other: [{ type: 'text', text }] }).map(({ what }) => what);
  expect(compare('The key is sk-ant-1234, I think.')).toEqual([]);
  expect(compare('The key was sk-ant-1234, I think.').join()).not.toContain('sk-ant');
});

test('an answer that was tried twice may differ; a restart makes void what was said before it', async () => {
  const twice = await logged('twice', [{ type: 'text', text: 'Half' }], 2);
  expect(compareSaid({ surface: 'transcript', runs: twice, other: [] })).toMatchObject([{ mayDiffer: true, run: 1 }]);
  await log.append('anew', [
    { type: 'run_started', attempt: 1 },
    { type: 'text', text: 'void' },
  ]);
  await log.append('anew', [
    { type: 'restarted', reason: 'lost' },
    { type: 'text', text: 'valid' },
  ]);
  const [anew] = (await readRuns(log, 'anew')).runs;
  expect(anew).toMatchObject({ said: [{ text: 'valid' }], restarted: true });
});

test('a fork may begin with what its source has said', async () => {
  const runs = await logged('fork', [{ type: 'text', text: 'new' }]);
  const other = ['old', 'older', 'new'].map((text) => ({ type: 'text', text }) as const);
  expect(compareSaid({ surface: 'transcript', runs, other, hasPrefix: true })).toEqual([]);
  expect(compareSaid({ surface: 'transcript', runs, other })).toHaveLength(2);
});
