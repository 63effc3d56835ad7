import type { LoggedEvent } from '../contract/workflow/stream-events.ts';
import { fromLine } from './json-line.ts';

/** An entry as Redis answers it: its id, and names and values in turn. */
export type StreamEntry = [id: string, fields: [string, string, string, string, string, string]];

/** The event of an entry, null when it is damaged. */
export function fromEntry([id, [, at, , run, , event]]: StreamEntry): LoggedEvent | null {
  return fromLine(`{"seq":${Number.parseInt(id, 10)},"at":${JSON.stringify(at)},"run":${run},"event":${event}}`);
}

/**
 * Appends a batch in one atomic step and answers the number of each event, joined by commas.
 * KEYS: stream, state. ARGV: batch id, time, kept events, TTL of the stream and of the state in seconds, lowest next
 * number, then per event its lowest number, its run and its JSON.
 * The state remembers the last batch, so that a batch whose reply was lost can be sent again; and `floor`, up to where
 * events are lost, which a compacted stream alone could not tell.
 */
export const APPEND = `
local events, state = KEYS[1], KEYS[2]
local known = redis.call('HMGET', state, 'batch', 'seqs', 'last')
if known[1] == ARGV[1] then return known[2] end

local int = function(n) return string.format('%d', n) end
local last = tonumber(known[3] or '0')
local newest = redis.call('XREVRANGE', events, '+', '-', 'COUNT', 1)[1]
if newest then
  last = math.max(last, tonumber(string.match(newest[1], '^%d+')))
elseif last > 0 and redis.call('EXISTS', events) == 0 then
  redis.call('HSET', state, 'floor', int(last))
end

local add = function(seq, run, event)
  redis.call('XADD', events, int(seq) .. '-0', 'at', ARGV[2], 'run', run, 'event', event)
end
local seqs = {}
for i = 7, #ARGV, 3 do
  local lowest = math.max(tonumber(ARGV[i]), tonumber(ARGV[6]))
  if lowest > last + 1 then
    add(lowest - 1, 'null', '{"type":"gap","from":' .. int(last + 1) .. ',"to":' .. int(lowest - 1) .. '}')
    last = lowest - 1
  end
  last = last + 1
  add(last, ARGV[i + 1], ARGV[i + 2])
  seqs[#seqs + 1] = int(last)
end

if redis.call('XTRIM', events, 'MAXLEN', '~', ARGV[3]) > 0 then
  local oldest = redis.call('XRANGE', events, '-', '+', 'COUNT', 1)[1]
  redis.call('HSET', state, 'floor', int(tonumber(string.match(oldest[1], '^%d+')) - 1))
end
local answer = table.concat(seqs, ',')
redis.call('HSET', state, 'batch', ARGV[1], 'seqs', answer, 'last', int(last))
redis.call('EXPIRE', events, ARGV[4])
redis.call('EXPIRE', state, ARGV[5])
return answer
`;
