import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { FastifyError } from 'fastify';
import { z } from 'zod';
import { inTermsOf } from '../../contract/http/terms.ts';
import { describeError, type ErrorDescription } from '../http/error-reply.ts';
import type { Failure } from '../../contract/shared/failures.ts';
import { invalid, unknownField } from '../http/api-error.ts';

/** An answer for programs, and the same as text for clients that know only text. */
export function toResult(answer: Record<string, unknown>): CallToolResult {
  const text = JSON.stringify(answer, inToolTerms);
  return { content: [{ type: 'text', text }], structuredContent: JSON.parse(text) as Record<string, unknown> };
}

const inToolTerms = (key: string, value: unknown): unknown =>
  key === 'next_step' && typeof value === 'string' ? inTermsOf('mcp', value) : value;

/**
 * What went wrong, as `{success: false, code, error, next_step}` in the text: clients hold structured content against
 * the schema of the tool's answer, also where it is an error.
 */
export function toErrorResult({ code, error, next_step, field }: ErrorDescription): CallToolResult {
  const reply = { success: false, code, error, next_step, field };
  return { isError: true, content: [{ type: 'text', text: JSON.stringify(reply, inToolTerms) }] };
}

/** What the result of a tool says about an error; its input may be the error. */
export const describeToolError = (error: unknown): ErrorDescription =>
  describeError(error instanceof z.ZodError ? invalidInput(error) : (error as FastifyError));

function invalidInput({ issues: [issue] }: z.ZodError): Failure {
  const path = issue?.path ?? [];
  if (issue?.code === 'unrecognized_keys') return unknownField([...path, issue.keys[0]].join('.'));
  const field = path.join('.');
  return invalid(field || 'the arguments', issue?.message ?? 'is not valid');
}
