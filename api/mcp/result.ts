import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { FastifyError } from 'fastify';
import { z } from 'zod';
import { describeError, type Described } from '../http/error-reply.ts';
import { inTermsOf } from '../../contract/http/terms.ts';
import { ApiError } from '../http/api-error.ts';

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
export function toErrorResult({ code, error, next_step, field }: Described): CallToolResult {
  const told = { success: false, code, error, next_step, field };
  return { isError: true, content: [{ type: 'text', text: JSON.stringify(told, inToolTerms) }] };
}

/** What the caller of a tool is told of an error, those of its input included. */
export const describeToolError = (error: unknown): Described =>
  describeError(error instanceof z.ZodError ? invalid(error) : (error as FastifyError));

function invalid({ issues: [issue] }: z.ZodError): ApiError {
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : undefined;
  const field = [...(issue?.path ?? []), ...(unknown ?? [])].join('.');
  const what = unknown === undefined ? (issue?.message ?? 'is not valid') : 'is no field of this tool';
  return new ApiError(400, 'invalid_request', `${field || 'the arguments'}: ${what}`, 'Correct the field.', field);
}
