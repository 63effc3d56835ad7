import { expect, test } from '@jest/globals';
import { HeldSeat } from '../../../activities/seats.ts';

const call = { type: 'tool_use', id: '1', name: 'Bash', input: { command: 'npm\ntest' }, parent_id: null } as const;

test('the heartbeat of an agent says what it does, its last tool and how many it has called', () => {
  const seat = new HeldSeat('job-1');
  seat.notice(call);
  expect(seat.work).toMatchObject({ doing: 'calls Bash', last_tool: 'Bash: npm test', tools: 1 });
  seat.notice({ type: 'tool_result', id: '1', is_error: false, content: '', truncated_bytes: 0 });
  expect(seat.work).toMatchObject({ doing: 'waits for the model', last_tool: 'Bash: npm test', tools: 1 });
  seat.notice({ type: 'text_delta', text: 'a' });
  const { since } = seat.work;
  seat.notice({ type: 'text_delta', text: 'b' });
  expect(seat.work).toMatchObject({ doing: 'writes', since });
});
