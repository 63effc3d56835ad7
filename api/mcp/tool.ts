import type { CallToolResult, Tool as Listing, ToolAnnotations } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import type { FastifyBaseLogger } from 'fastify';
import type { ApprovalRecord } from '../../contract/http/approval.ts';
import { defined } from '../../contract/shared/defined.ts';
import type { ApprovalForm } from './questions.ts';
import { describeToolError, toErrorResult, toResult } from './result.ts';

/** Who calls a tool, and how the call is cut short. */
export interface ToolCaller {
  owner: string;
  /** The session whose agent calls; undefined for everybody else. */
  session?: string | undefined;
  /** Aborts when the call is cancelled and when its caller is gone. */
  signal: AbortSignal;
  /** Aborts when this server stops: a caller whose connection ends then has not gone. */
  stopping: AbortSignal;
  log: Pick<FastifyBaseLogger, 'error'>;
  /** Reports progress; undefined where the caller did not ask for it. */
  tell: ((message: string) => void) | undefined;
  /** Puts an approval to the caller's user; undefined where the caller has no forms, or may not decide. */
  ask: ((approval: ApprovalRecord) => ApprovalForm) | undefined;
}

/** A tool as the server lists and calls it. */
export interface McpTool {
  listing: Listing;
  /** What it is about: a token needs the scopes for that. */
  subject: Subject;
  /** Never throws: what goes wrong is a result, too, with a code and what to do. */
  call(args: Record<string, unknown>, caller: ToolCaller): Promise<CallToolResult>;
}

type Subject = 'jobs' | 'sessions';

interface ToolDefinition<Input extends z.ZodObject, Output extends z.ZodObject> {
  name: string;
  title: string;
  description: string;
  input: Input;
  output: Output;
  annotations: ToolAnnotations;
  /** Jobs when absent. */
  subject?: Subject;
  meta?: Record<string, unknown>;
  call(input: z.output<Input>, caller: ToolCaller): Promise<Omit<z.input<Output>, 'success'>>;
}

/** What a tool promises that only reads what is here. */
export const READ_ONLY = { readOnlyHint: true, openWorldHint: false } as const;

/** A tool from its schemas and what it does. Input is checked before `call`, whose errors become results. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: ToolDefinition<Input, Output>,
): McpTool {
  const { name, title, description, input, output, annotations, subject = 'jobs', meta } = definition;
  return {
    subject,
    listing: {
      name,
      title,
      description,
      inputSchema: jsonSchema(input),
      outputSchema: jsonSchema(output),
      annotations,
      ...defined({ _meta: meta }),
    },
    call: async (args, caller) => {
      try {
        return toResult({ success: true, ...(await definition.call(input.parse(withoutBlanks(input, args)), caller)) });
      } catch (error) {
        const described = describeToolError(error);
        if (described.statusCode >= 500) caller.log.error({ err: error, tool: name }, 'an MCP tool failed');
        return toErrorResult(described);
      }
    },
  };
}

// Both as `input`: a reply may have fields that a client's copy of the schema does not know yet.
const jsonSchema = (schema: z.ZodObject): Listing['inputSchema'] =>
  z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }) as Listing['inputSchema'];

/** Without the optional fields that are empty: callers fill in every field that they see. */
function withoutBlanks({ shape }: z.ZodObject, args: Record<string, unknown>): Record<string, unknown> {
  const isBlank = (name: string, value: unknown): boolean =>
    value === '' && Object.hasOwn(shape, name) && z.safeParse(shape[name] as z.ZodType, undefined).success;
  return Object.fromEntries(Object.entries(args).filter(([name, value]) => !isBlank(name, value)));
}
