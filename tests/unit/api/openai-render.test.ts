import { expect, test } from '@jest/globals';
import { ChunkWriter, type Envelope } from '../../../api/openai/render/chunk-writer.ts';
import { GatheredAnswer } from '../../../api/openai/render/gathered.ts';
import { TurnReading } from '../../../api/openai/render/reading.ts';
import type { ToolDisplay } from '../../../contract/http/chat.ts';
import type { RunSuccess } from '../../../contract/shared/events.ts';
import type { LoggedEvent, StreamEvent } from '../../../contract/workflow/stream-events.ts';
import type { Visibility } from '../../../packages/package.ts';

const ALL: Visibility = { thinking: true, tools: true, narration: true, final: true };
const ENVELOPE: Envelope = { id: 'chatcmpl-s.1', created: 1, model: 'm' };
const USAGE = { input_tokens: 10, output_tokens: 5, cache_read_tokens: 3, cache_creation_tokens: 2 };
const result: RunSuccess = {
  ...{ status: 'succeeded', session_id: 'cli', text: 'All done.', usage: USAGE, cost_usd: 0.5, num_turns: 2 },
};
const ended: StreamEvent = { type: 'run_ended', result };
const use: StreamEvent = { type: 'tool_use', id: 't1', name: 'Bash', input: { command: 'ls /tmp' }, parent_id: null };
const answered = (content: string): StreamEvent => ({
  ...{ type: 'tool_result', id: 't1', is_error: false, content, truncated_bytes: 0 },
});
const delta = (text: string): StreamEvent => ({ type: 'text_delta', text });
const whole = (text: string): StreamEvent => ({ type: 'text', text });
const asked: StreamEvent = {
  ...{ type: 'approval_requested', id: 'apr_7', tool_use_id: 't1', name: 'Bash', input: { command: 'ls /tmp' } },
};

const logged = (events: readonly StreamEvent[]): LoggedEvent[] =>
  events.map((event, index) => ({ seq: index + 1, at: '2026-11-27T00:00:00Z', run: 1, event }));

interface Chunk {
  choices: ({ delta: { content?: string; reasoning_content?: string } } & Record<string, unknown>)[];
  event?: unknown;
}

function read(
  events: readonly StreamEvent[],
  { show = ALL, display = 'reasoning' }: { show?: Visibility; display?: ToolDisplay } = {},
): { frames: { seq: number; data: Chunk }[]; reading: TurnReading; content: string; reasoning: string } {
  const reading = new TurnReading(show, 0);
  const writer = new ChunkWriter(ENVELOPE, display);
  const pieces = [...logged(events).flatMap((event) => reading.take(event)), ...reading.end()];
  const frames = pieces.map((piece) => writer.write(piece) as { seq: number; data: Chunk });
  const said = (name: 'content' | 'reasoning_content'): string =>
    frames.map(({ data }) => data.choices[0]?.delta[name] ?? '').join('');
  return { frames, reading, content: said('content'), reasoning: said('reasoning_content') };
}

const gathered = (events: readonly StreamEvent[], show = ALL): GatheredAnswer => {
  const [reading, answer] = [new TurnReading(show, 0), new GatheredAnswer()];
  for (const event of logged(events)) for (const piece of reading.take(event)) answer.add(piece);
  for (const piece of reading.end()) answer.add(piece);
  return answer;
};

/** What a client has that heeds the frames which void a part of the answer. */
function kept(events: readonly StreamEvent[]): string {
  let content: string[] = [];
  for (const { data } of read(events).frames) {
    const [choice] = data.choices;
    const discard = Number(choice?.x_agenticore_discard_chars ?? 0);
    content = content.slice(0, content.length - discard);
    content.push(...(choice?.delta.content ?? ''));
  }
  return content.join('');
}

test('an answer is frames in the order of its events, each with its number', () => {
  const { frames } = read([
    { type: 'thinking_delta', text: 'Let me ' },
    { type: 'thinking', text: 'Let me see.' },
    delta('I will '),
    whole('I will run it.'),
    use,
    answered('file1\n'),
    whole('All done.'),
    ended,
  ]);
  const frame = (seq: number, delta: object, type: string, more: object = {}): object => ({
    seq,
    data: {
      ...{ id: 'chatcmpl-s.1', object: 'chat.completion.chunk', created: 1, model: 'm' },
      choices: [{ index: 0, delta, finish_reason: null, x_agenticore_event_type: type, ...more }],
    },
  });
  expect(frames).toEqual([
    frame(1, { reasoning_content: 'Let me ' }, 'thinking'),
    frame(2, { reasoning_content: 'see.' }, 'thinking'),
    frame(3, { content: 'I will ' }, 'text'),
    frame(4, { content: 'run it.' }, 'text'),
    frame(5, { reasoning_content: '\n\n▶ Bash `ls /tmp`\n' }, 'tool_use', {
      x_agenticore_tool_name: 'Bash',
      x_agenticore_tool_use_id: 't1',
      x_agenticore_parent_tool_use_id: null,
      x_agenticore_input: { command: 'ls /tmp' },
    }),
    frame(6, { reasoning_content: '\n◉ result\n```\nfile1\n```\n' }, 'tool_result', {
      x_agenticore_tool_use_id: 't1',
      x_agenticore_is_error: false,
      x_agenticore_truncated_bytes: 0,
    }),
    frame(7, { content: '\n\nAll done.' }, 'text'),
  ]);
});

test.each<[string, StreamEvent[], string]>([
  ['fragments and their block', [delta('Hel'), delta('lo'), whole('Hello')], 'Hello'],
  ['a block whose fragments were dropped', [whole('Hello')], 'Hello'],
  ['a block of which only the beginning came as fragments', [delta('Hel'), whole('Hello')], 'Hello'],
  ['two blocks', [whole('One'), whole('Two')], 'One\n\nTwo'],
  ['a block that came otherwise than its fragments', [whole('One'), delta('Hex'), whole('Hello')], 'One\n\nHello'],
  [
    'a block that broke off before its worker was lost',
    [
      { type: 'run_started', attempt: 1 },
      whole('One 🙂'),
      delta('Tw'),
      { type: 'run_started', attempt: 2 },
      whole('Two'),
    ],
    'One 🙂\n\nTwo',
  ],
  [
    'texts that the agent does not remember after a loss, with what was half said',
    [
      { type: 'run_started', attempt: 1 },
      whole('One 🙂'),
      whole('Two'),
      whole('Three'),
      delta('Fo'),
      { type: 'run_started', attempt: 2, forgotten_texts: 2 },
      whole('Two'),
      whole('Three'),
      whole('Four'),
    ],
    'One 🙂\n\nTwo\n\nThree\n\nFour',
  ],
  ['an answer that is given anew', [whole('One'), { type: 'restarted', reason: 'gone' }, whole('Two')], 'Two'],
])('every character is there once: %s', (_, events, text) => {
  expect(kept([...events, ended])).toBe(text);
  expect(gathered([...events, ended]).content).toBe(text);
});

test('a worker that is lost is told once, whether or not the answer is given anew', () => {
  const began = (attempt: number): StreamEvent => ({ type: 'run_started', attempt });
  const restarts = (events: StreamEvent[]): unknown[] =>
    read(events)
      .frames.map(({ data }) => data.choices[0])
      .filter((choice) => choice?.x_agenticore_event_type === 'restarted');
  expect(restarts([began(1), delta('abc'), began(2), whole('abcd')])).toMatchObject([
    { x_agenticore_discard_chars: 3, x_agenticore_keep_chars: 0 },
  ]);
  expect(restarts([began(1), whole('abc'), { type: 'restarted', reason: 'gone' }, began(2)])).toMatchObject([
    { delta: { reasoning_content: '\n\n↻ restarted: gone\n' }, x_agenticore_discard_chars: 3 },
  ]);
  // It gave its seat back while it waited.
  expect(restarts([began(1), use, asked, began(2)])).toEqual([]);
});

test.each<[string, Partial<Visibility>, string, string]>([
  ['everything', {}, 'First.\n\nLast.', 'hm\n\n▶ Bash `ls /tmp`\n\n◉ result\n```\nx\n```\n'],
  ['no thinking', { thinking: false }, 'First.\n\nLast.', '\n\n▶ Bash `ls /tmp`\n\n◉ result\n```\nx\n```\n'],
  ['no tools', { tools: false }, 'First.\n\nLast.', 'hm'],
  ['no narration', { narration: false }, 'Last.', 'hm\n\n▶ Bash `ls /tmp`\n\n◉ result\n```\nx\n```\n'],
  ['no final text', { final: false, tools: false }, 'First.', 'hm'],
])('a reader is shown what it wants: %s', (_, hidden, content, reasoning) => {
  const events = [{ type: 'thinking' as const, text: 'hm' }, delta('Fir'), whole('First.'), use, answered('x')];
  const shown = read([...events, delta('La'), whole('Last.'), ended], { show: { ...ALL, ...hidden } });
  expect(shown).toMatchObject({ content, reasoning });
  expect(shown.reading.texts).toEqual(['First.', 'Last.']);
});

test('tool calls are shown in the answer, as status lines, or as fields alone', () => {
  const events = [whole('Look:'), use, answered('a ```` b'), whole('Done.'), ended];
  expect(read(events, { display: 'content' }).content).toBe(
    'Look:\n\n```tool_use:Bash\n{\n  "command": "ls /tmp"\n}\n```\n\n`````tool_result\na ```` b\n`````\n\nDone.',
  );
  const lines = read(events, { display: 'openwebui' }).frames.map(({ data }) => data);
  expect(lines.filter((data) => data.event !== undefined)).toMatchObject([
    { choices: [], event: { type: 'status', data: { description: 'Bash: ls /tmp', done: false } } },
    { choices: [], event: { type: 'status', data: { description: 'Bash: done', done: true } } },
  ]);
  const structured = read(events, { display: 'structured' });
  expect(structured.reasoning).toBe('\n\n▶ Bash\n◉ result\n');
  expect(structured.frames[2]?.data.choices[0]).toMatchObject({ x_agenticore_result: 'a ```` b' });
});

test('a result over 16 KB is cut between characters, and the frame says by how much', () => {
  const { frames } = read([use, answered('é'.repeat(10_000))]);
  expect(frames[1]?.data.choices[0]).toMatchObject({ x_agenticore_truncated_bytes: 20_000 - 16_384 });
  expect(frames[1]?.data.choices[0]?.delta.reasoning_content).toBe(
    `\n◉ result\n\`\`\`\n${'é'.repeat(8_192)}\n\`\`\`\n`,
  );
});

test('an approval is part of the answer, and the agent waits when nothing else is under way', () => {
  const { frames, reading, content } = read([whole('I ask.'), use, asked]);
  expect(content).toBe(
    'I ask.\n\n**Approval needed** `apr_7`: Bash `ls /tmp`\nReply `/approve apr_7` or `/deny apr_7 reason`.\n',
  );
  expect(frames.at(-1)?.data.choices[0]).toMatchObject({
    ...{ x_agenticore_event_type: 'approval_request', x_agenticore_approval_id: 'apr_7' },
    x_agenticore_tool_use_id: 't1',
  });
  expect(reading.waits).toBe(true);
  const other: StreamEvent = { type: 'tool_use', id: 't2', name: 'Read', input: {}, parent_id: null };
  expect(read([use, other, asked]).reading.waits).toBe(false);
  const decided: StreamEvent = { type: 'approval_resolved', id: 'apr_7', decision: 'allowed' };
  expect(read([use, asked, decided]).reading.waits).toBe(false);
});

test('the tokens and the cost of all tries count', () => {
  const failed: StreamEvent = {
    type: 'run_ended',
    result: { status: 'failed', code: 'agent_stopped', message: 'gone', usage: USAGE, cost_usd: 0.25 },
  };
  const { reading } = read([failed, { type: 'run_started', attempt: 2 }, whole('x'), ended]);
  expect(reading).toMatchObject({ usage: { input_tokens: 20, cache_read_tokens: 6 }, cost_usd: 0.75, num_turns: 2 });
  expect(reading.success).toBeDefined();
});
