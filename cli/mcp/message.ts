/** As much of a JSON-RPC message as is looked at when it is passed on. */
export interface McpMessage {
  method?: string;
  id?: string | number | null;
  params?: { requestId?: unknown };
  result?: { protocolVersion?: unknown };
}

export const PARSE_ERROR = -32_700;

/** The server, or the way to it, failed. */
export const SERVER_ERROR = -32_000;

/** The id of a request or reply; undefined for a notification. */
export const idOf = ({ id }: McpMessage): string | number | undefined => id ?? undefined;

/** The answer to a request that failed. */
export const errorMessage = (id: string | number | null, code: number, message: string): object => ({
  jsonrpc: '2.0',
  id,
  error: { code, message },
});
