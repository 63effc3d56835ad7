import { Option, type Command } from 'commander';
import { z } from 'zod';
import { authToken, daemonUrl } from '../address.ts';
import { CliError } from '../errors.ts';
import { Http } from '../http.ts';
import { sanitize, toJson } from '../output/sanitize.ts';
import { print, say } from '../output/streams.ts';

/** What a verb gets. */
export interface VerbCall<Options = object> {
  http: Http;
  /** Prints a reply, or the field of it that was asked for. */
  show: (reply: unknown) => void;
  options: Options;
}

/** One request to the daemon. */
export interface DaemonRequest {
  method?: 'GET' | 'POST';
  path: string;
  body?: object;
}

interface GlobalOptions {
  url?: string;
  authToken?: string;
  format: 'json' | 'pretty';
  field?: string;
}

/** A reply as the daemon sent it, with fields that this program does not know. */
const AnyReply = z.looseObject({});

/** Exit code of a reply that lacks the field of `--field`. */
const NO_FIELD = 3;

/** Declares the options that every verb has, before or after its name. */
export function addGlobalOptions(program: Command): void {
  program
    .option('--url <url>', 'URL of the daemon (default: AGENTCTL_URL, else http://127.0.0.1:8765)')
    .option('--auth-token <token>', 'token of the daemon (default: AGENTCTL_AUTH_TOKEN)')
    .addOption(
      new Option('--format <format>', 'json: one line; pretty: indented').choices(['json', 'pretty']).default('pretty'),
    )
    .option('--field <path>', 'print only this field, such as run.id; exit 3 where the reply has none');
}

/** Makes `command` do `act`. An error of the daemon is printed on stderr, in the format that was asked for. */
export function verb<Options extends object>(command: Command, act: (call: VerbCall<Options>) => Promise<void>): void {
  command.action(async () => {
    const { url, authToken: token, format, field } = command.optsWithGlobals<GlobalOptions>();
    const indent = format === 'pretty' ? 2 : 0;
    const show = (reply: unknown): void =>
      field === undefined ? print(toJson(reply, indent)) : showField(reply, field);
    try {
      await act({ http: new Http(daemonUrl(url), authToken(token)), show, options: command.opts<Options>() });
    } catch (error) {
      if (!(error instanceof CliError) || error.code === 'usage') throw error;
      say(toJson(errorReply(error), indent));
      process.exitCode = error.exitCode;
    }
  });
}

/** Makes `command` send one request and print the reply. */
export const requestVerb = <Options extends object>(command: Command, of: (options: Options) => DaemonRequest): void =>
  verb<Options>(command, async ({ http, show, options }) => show(await ask(http, of(options))));

/** The reply to one request. */
const ask = (http: Http, { path, ...call }: DaemonRequest): Promise<z.infer<typeof AnyReply>> =>
  http.ask(AnyReply, path, call);

/** Strings are printed as they are, all else as one line of JSON. */
function showField(reply: unknown, path: string): void {
  const value = path.split('.').reduce<unknown>(childOf, reply);
  if (value !== undefined) return print(typeof value === 'string' ? sanitize(value) : toJson(value));
  say(`error: The reply has no field ${path}.`);
  process.exitCode = NO_FIELD;
}

const childOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;

function errorReply({ message, code, hint }: CliError): object {
  const start = 'Start one: agentd. Or give the URL of a running one in --url or AGENTCTL_URL.';
  const next_step = code === 'no_server' ? start : hint;
  return { success: false, error: message, code, next_step };
}
