import type { AgentEvent, RunResult } from '../contract/shared/events.ts';
import type { Agent } from './agent.ts';

/** Names of variables whose values must not appear in anything that is shown or kept. */
const SECRET_NAME = /KEY|TOKEN|SECRET|PASSWORD|CUSTOM_HEADERS/;

/** A value below this many characters is too likely to stand in any text. */
const SHORTEST = 8;
/** The same for a value that is one word, or one number. */
const SHORTEST_WORD = 16;

/** Whether `value` could stand in any text without being a secret, such as `lmstudio`. */
const isTooSimple = (value: string): boolean =>
  value.length < SHORTEST || (value.length < SHORTEST_WORD && /^(?:[\p{L}_]+|\d+)$/u.test(value));

/** A sentence for each variable of `env` with a credential for the agent's model that is too simple to be masked. */
export const simpleCredentials = (
  { passedVariables }: Pick<Agent, 'passedVariables'>,
  env: NodeJS.ProcessEnv,
): string[] =>
  passedVariables
    .filter((name) => SECRET_NAME.test(name) && !name.endsWith('CUSTOM_HEADERS') && env[name] && isTooSimple(env[name]))
    .map((name) => `${name} could be a word of any text, so it is not masked in what is shown and kept.`);

/** Replaces secrets by the names of their variables. */
export interface Mask {
  text(text: string): string;
  /** Every text in a JSON value; what tells its parts apart stays. */
  json(value: unknown): unknown;
}

/** Masks the values of the secret variables of `env`, but for those that are too simple. */
export function maskOf(env: Readonly<NodeJS.ProcessEnv>): Mask {
  const secrets = Object.entries(env)
    .filter(([name]) => SECRET_NAME.test(name))
    .flatMap(([name, value = '']) => [value, ...headerValues(name, value)].map((part) => [name, part] as const))
    .filter(([, value]) => !isTooSimple(value));
  const text = (given: string): string =>
    secrets.reduce((masked, [name, value]) => masked.replaceAll(value, `<${name}>`), given);
  return { text, json: (value) => maskJson(value, text) };
}

const SECRET_HEADER = /auth|key|token|secret|password|cookie/i;
/** Such as `application/json`. */
const PLAIN_HEADER = /^[\p{L}\s/._;,=*+-]*$/u;

/** Headers stand one below the other; a secret one may be read out alone, and without the scheme of its credential. */
const headerValues = (name: string, value: string): string[] =>
  name.endsWith('CUSTOM_HEADERS')
    ? value.split('\n').flatMap((line) => {
        const [header = '', ...rest] = line.split(':');
        const said = rest.join(':').trim();
        return SECRET_HEADER.test(header) || !PLAIN_HEADER.test(said)
          ? [said, said.slice(said.lastIndexOf(' ') + 1)]
          : [];
      })
    : [];

/** Fields by whose words a program tells what it reads. */
const PROTOCOL_FIELDS = new Set(['type', 'role']);

function maskJson(value: unknown, text: (given: string) => string, field = ''): unknown {
  if (typeof value === 'string') return PROTOCOL_FIELDS.has(field) && /^[a-z_]+$/.test(value) ? value : text(value);
  if (Array.isArray(value)) return value.map((each) => maskJson(each, text));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, maskJson(each, text, name)]));
}

/** The event with its texts masked. */
export function maskEvent(event: AgentEvent, mask: Mask): AgentEvent {
  switch (event.type) {
    case 'text':
    case 'text_delta':
    case 'thinking':
    case 'thinking_delta':
      return { ...event, text: mask.text(event.text) };
    case 'tool_use':
    case 'approval_requested':
      return { ...event, input: mask.json(event.input) };
    case 'tool_result':
      return { ...event, content: mask.text(event.content) };
    case 'warning':
      return { ...event, message: mask.text(event.message) };
    case 'retrying':
      return { ...event, reason: mask.text(event.reason) };
    case 'run_ended':
      return { ...event, result: maskResult(event.result, mask) };
    default:
      return event;
  }
}

function maskResult(result: RunResult, mask: Mask): RunResult {
  if (result.status === 'succeeded') return { ...result, text: mask.text(result.text) };
  return result.status === 'failed' ? { ...result, message: mask.text(result.message) } : result;
}
