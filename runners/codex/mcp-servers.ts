import { InvalidFile } from '../../contract/shared/file-problem.ts';
import { isObject, type JsonObject } from '../../contract/shared/merge-json.ts';

const VARIABLE = /^\$\{(\w+)\}$/;
const BEARER = /^Bearer \$\{(\w+)\}$/;

/**
 * The `mcpServers` of an .mcp.json as Codex has them in its `mcp_servers`. A variable may be the whole of a value: its
 * content stays in the environment. Anything else that Codex cannot do throws `invalid_profile`.
 */
export function codexServers(servers: JsonObject, file: string): JsonObject {
  const refuse = (name: string, why: string): never => {
    throw new InvalidFile(file, null, `has the MCP server ${name}, which Codex cannot use: ${why}`);
  };
  return Object.fromEntries(
    Object.entries(servers).map(([name, server]) => {
      const why = (reason: string): never => refuse(name, reason);
      if (!isObject(server)) return why('it is no object');
      if (server.type === 'sse') return why('it speaks sse; use http');
      return [name, typeof server.url === 'string' ? overHttp(server, why) : byCommand(server, why)];
    }),
  );
}

type Refuse = (reason: string) => never;

function byCommand(server: JsonObject, refuse: Refuse): JsonObject {
  const { command, args = [], env = {} } = server;
  if (typeof command !== 'string' || !Array.isArray(args) || !isObject(env))
    return refuse('it has neither command nor url');
  const { given, named } = split(env, refuse);
  for (const [name, variable] of Object.entries(named))
    if (name !== variable) refuse(`${name} can only be \${${name}} or a plain value`);
  if ([command, ...args].some((word) => text(word).includes('${'))) refuse('variables can only be in env');
  return { command, args, env: given, env_vars: Object.keys(named) };
}

function overHttp({ url = '', headers = {} }: JsonObject, refuse: Refuse): JsonObject {
  if (!isObject(headers)) return refuse('its headers are no object');
  if (text(url).includes('${')) refuse('variables can only be in headers');
  const bearer = Object.entries(headers).find(
    ([name, value]) => /^authorization$/i.test(name) && BEARER.test(text(value)),
  );
  const others = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== bearer?.[0]));
  const { given, named } = split(others, refuse);
  const token = BEARER.exec(text(bearer?.[1]))?.[1];
  return { url, http_headers: given, env_http_headers: named, ...(token ? { bearer_token_env_var: token } : {}) };
}

/** Plain values, and names of variables. */
function split(values: JsonObject, refuse: Refuse): { given: JsonObject; named: Record<string, string> } {
  const given: JsonObject = {};
  const named: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) {
    const said = text(value);
    const variable = VARIABLE.exec(said)?.[1];
    if (variable !== undefined) named[name] = variable;
    else if (said.includes('${')) refuse(`${name} mixes a variable with other text`);
    else given[name] = said;
  }
  return { given, named };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
