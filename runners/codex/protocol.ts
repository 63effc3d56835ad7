/**
 * What is used of the protocol of `codex app-server`, picked from the types that the CLI itself generates (`codex
 * app-server generate-ts --experimental`). tests/unit/runners/codex-protocol.test.ts compares them with the installed
 * CLI.
 */
export const PROTOCOL_VERSION = '0.171.0';

export interface TokenUsageBreakdown {
  inputTokens: number;
  cachedInputTokens: number;
  cacheWriteInputTokens: number;
  outputTokens: number;
}

/** Other names and shapes may come: each is an error of its own kind. */
export type CodexErrorInfo = string | Record<string, unknown>;

export interface TurnError {
  message: string;
  codexErrorInfo: CodexErrorInfo | null;
  additionalDetails: string | null;
}

export type ThreadItem =
  | { type: 'userMessage'; id: string; clientId: string | null }
  | { type: 'agentMessage'; id: string; text: string; phase: string | null }
  | { type: 'reasoning'; id: string; summary: string[] }
  | {
      type: 'commandExecution';
      id: string;
      command: string;
      cwd: string;
      processId: string | null;
      status: string;
      aggregatedOutput: string | null;
      exitCode: number | null;
    }
  | { type: 'fileChange'; id: string; changes: FileUpdateChange[]; status: string }
  | {
      type: 'mcpToolCall';
      id: string;
      server: string;
      tool: string;
      status: string;
      arguments: unknown;
      result: { content: unknown[] } | null;
      error: { message: string } | null;
    }
  | { type: 'webSearch'; id: string; query: string };

export interface FileUpdateChange {
  path: string;
  kind: { type: string; move_path?: string | null };
  diff: string;
}

export interface Turn {
  id: string;
  items: ThreadItem[];
  status: 'completed' | 'interrupted' | 'failed' | 'inProgress';
  error: TurnError | null;
}

export interface OpenedThread {
  thread: { id: string; turns: Turn[] };
  model: string;
}

/** The requests that we make, with their answers. */
export interface Calls {
  initialize: { answer: { userAgent: string } };
  'thread/start': { answer: OpenedThread };
  'thread/resume': { answer: OpenedThread };
  'thread/fork': { answer: OpenedThread };
  'thread/inject_items': { answer: unknown };
  'thread/backgroundTerminals/clean': { answer: unknown };
  'turn/start': { answer: { turn: { id: string } } };
  'turn/steer': { answer: unknown };
  'turn/interrupt': { answer: unknown };
  'skills/list': { answer: { data: { skills: { name: string; scope: string }[] }[] } };
}

/** The notifications that we read, and the requests that we answer, with their parameters. */
export interface Messages {
  'turn/started': { threadId: string; turn: Turn };
  'turn/completed': { threadId: string; turn: Turn };
  'item/started': { threadId: string; turnId: string; item: ThreadItem };
  'item/completed': { threadId: string; turnId: string; item: ThreadItem };
  'item/agentMessage/delta': { threadId: string; turnId: string; itemId: string; delta: string };
  'item/reasoning/summaryTextDelta': { threadId: string; turnId: string; itemId: string; delta: string };
  'thread/tokenUsage/updated': {
    threadId: string;
    turnId: string;
    tokenUsage: { last: TokenUsageBreakdown; total: { totalTokens: number } };
  };
  'serverRequest/resolved': { threadId: string; requestId: string | number };
  'mcpServer/startupStatus/updated': { threadId: string | null; name: string; status: string; error: string | null };
  error: { threadId: string; turnId: string; error: TurnError; willRetry: boolean };
  'item/commandExecution/requestApproval': {
    threadId: string;
    itemId: string;
    command?: string | null;
    cwd?: string | null;
  };
  'item/fileChange/requestApproval': { threadId: string; itemId: string; reason?: string | null };
  'mcpServer/elicitation/request': { threadId: string; serverName: string; _meta?: unknown };
  'item/permissions/requestApproval': { threadId: string; itemId: string; reason: string | null };
}

/** A message of the app-server that is no answer; with an `id` it wants one. */
export type ServerMessage = {
  [Method in keyof Messages]: { method: Method; params: Messages[Method]; id?: string | number };
}[keyof Messages];
