/** Programs that use a client of OpenAI's chat API, each with what it sees of an answer. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { streamText, type LanguageModel } from 'ai';
import OpenAI from 'openai';
import { packageRoot } from '../../config/index.ts';

interface Asked {
  base_url: string;
  model: string;
  messages: { role: 'user' | 'assistant'; content: string }[];
  stream: boolean;
  headers: Record<string, string>;
  /** How often the client asks again by itself when it gets no answer. */
  retries: number;
}

/** What a program sees of an answer, or of the error that its client throws. */
interface Told {
  text: string;
  reasoning: string;
  tool_calls: number;
  finish: string | null;
  usage: { input: number; output: number; cached: number | null } | null;
  error: { kind: string; code: string | null; message: string } | null;
}

export type AskClient = (asked: Asked) => Promise<Told>;

const nothing = (): Told => ({ text: '', reasoning: '', tool_calls: 0, finish: null, usage: null, error: null });

type Delta = { content?: string | null; reasoning_content?: string; tool_calls?: unknown[] };

/** OpenAI's SDK for Node. */
export async function askOpenAi({ base_url, stream, headers, retries, ...rest }: Asked): Promise<Told> {
  const told = nothing();
  const client = new OpenAI({ baseURL: base_url, apiKey: 'none', maxRetries: retries });
  const take = (delta: Delta, finish: string | null): void => {
    told.text += delta.content ?? '';
    told.reasoning += delta.reasoning_content ?? '';
    told.tool_calls += delta.tool_calls?.length ?? 0;
    told.finish = finish ?? told.finish;
  };
  const count = (usage: OpenAI.CompletionUsage | null | undefined): void => {
    if (usage == null) return;
    const { prompt_tokens: input, completion_tokens: output, prompt_tokens_details: details } = usage;
    told.usage = { input, output, cached: details?.cached_tokens ?? null };
  };
  try {
    if (stream) {
      const asked = { ...rest, stream, stream_options: { include_usage: true } };
      for await (const { choices, usage } of await client.chat.completions.create(asked, { headers })) {
        for (const { delta, finish_reason } of choices) take(delta, finish_reason);
        count(usage);
      }
    } else {
      const { choices, usage } = await client.chat.completions.create({ ...rest, stream }, { headers });
      for (const { message, finish_reason } of choices) take(message, finish_reason);
      count(usage);
    }
  } catch (error) {
    if (!(error instanceof OpenAI.APIError)) throw error;
    told.error = { kind: error.constructor.name, code: error.code ?? null, message: error.message };
  }
  return told;
}

/** Vercel's AI SDK, which streams. */
export const askAiSdk: AskClient = ({ base_url, model, headers, ...asked }) => {
  const provider = createOpenAICompatible({ name: 'agenticore', baseURL: base_url, headers, includeUsage: true });
  return askByAiSdk(provider(model), asked);
};

/** The same with its provider for OpenAI, which speaks the Responses API. */
export const askAiSdkResponses: AskClient = ({ base_url, model, headers, ...asked }) =>
  askByAiSdk(createOpenAI({ baseURL: base_url, apiKey: 'none', headers })(model), asked);

/** Before there is any output, the provider for OpenAI throws an error that has the response which failed. */
type AiSdkError = OpenAI.ErrorObject & { data?: { response: OpenAI.Responses.Response } };

async function askByAiSdk(
  model: LanguageModel,
  { messages, retries }: Pick<Asked, 'messages' | 'retries'>,
): Promise<Told> {
  const told = nothing();
  const onError = (): undefined => undefined;
  for await (const part of streamText({ model, messages, maxRetries: retries, onError }).fullStream) {
    if (part.type === 'text-delta') told.text += part.text;
    if (part.type === 'reasoning-delta') told.reasoning += part.text;
    if (part.type.startsWith('tool-')) told.tool_calls++;
    if (part.type === 'error') {
      const { code, message, data } = part.error as AiSdkError;
      told.error = { kind: 'error', code: code ?? data?.response.error?.code ?? null, message };
    }
    if (part.type !== 'finish') continue;
    const { inputTokens = 0, outputTokens = 0, inputTokenDetails } = part.totalUsage;
    told.finish = part.finishReason;
    told.usage = { input: inputTokens, output: outputTokens, cached: inputTokenDetails.cacheReadTokens ?? null };
  }
  return told;
}

/** The clients of Python, in one process that asks for one answer after the other. */
export function startPythonClients(python: string): {
  openai: AskClient;
  litellm: AskClient;
  stop: () => void;
} {
  const child = spawn(python, [join(packageRoot, 'tests', 'clients', 'ask.py')], {
    // Else LiteLLM downloads the prices of all models when it starts.
    env: { ...process.env, LITELLM_LOCAL_MODEL_COST_MAP: 'True' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ask = async (client: string, asked: Asked): Promise<Told> => {
    child.stdin.write(`${JSON.stringify({ client, ...asked })}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error('the Python clients have ended');
    return JSON.parse(value) as Told;
  };
  return {
    openai: (asked) => ask('openai', asked),
    litellm: (asked) => ask('litellm', asked),
    stop: () => child.kill(),
  };
}
