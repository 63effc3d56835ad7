import { type Command, InvalidArgumentError, Option } from 'commander';
import { Failure, FAILURES } from '../contract/shared/failures.ts';
import { defined } from '../contract/shared/defined.ts';
import { apiKey, serverUrl } from './address.ts';
import type { Client } from './client.ts';
import { CliError } from './errors.ts';
import { toJson } from './output/sanitize.ts';
import { print } from './output/streams.ts';

/** What a command that calls the server gets. */
export interface CommandCall<Options = object> {
  client: Client;
  /** Whether to print for a program. */
  json: boolean;
  args: readonly string[];
  options: Options;
}

interface CommonOptions {
  json?: boolean;
  url?: string;
}

/** Options of every command; they may come before or after its name. */
export function addCommonOptions(command: Command): void {
  addJsonOption(command);
  command.addOption(
    new Option('--url <url>', 'URL of the server (default: AGENTICORE_URL, else http://127.0.0.1:8200)'),
  );
}

const addJsonOption = (command: Command): Command => command.addOption(new Option('--json', 'print JSON'));

/** Runs `act` with a client of the server; with --json an error is printed on stdout too. */
export function onServer<Options extends object>(
  command: Command,
  act: (call: CommandCall<Options>) => Promise<void>,
): void {
  addCommonOptions(command);
  command.action(async () => {
    const { json = false, url } = command.optsWithGlobals<CommonOptions>();
    try {
      const { Client } = await import('./client.ts');
      const client = new Client(serverUrl(url), apiKey());
      await act({ client, json, args: command.args, options: ownOptions<Options>(command) });
    } catch (error) {
      if (json && error instanceof CliError) print(toJson(errorReply(error)));
      throw error;
    }
  });
}

/** Runs `act` without a server; with --json a Failure is printed on stdout too. */
export function onMachine<Options extends object>(
  command: Command,
  act: (call: Omit<CommandCall<Options>, 'client'>) => Promise<void>,
): void {
  addJsonOption(command);
  command.action(async () => {
    const { json = false } = command.optsWithGlobals<CommonOptions>();
    try {
      await act({ json, args: command.args, options: ownOptions<Options>(command) });
    } catch (error) {
      if (json && error instanceof Failure)
        print(
          toJson({ success: false, error: error.message, code: error.type, next_step: FAILURES[error.type].nextStep }),
        );
      throw error;
    }
  });
}

/** The command's own options, without the common ones: they become a request. */
const ownOptions = <Options extends object>(command: Command): Options =>
  Object.fromEntries(Object.entries(command.opts()).filter(([name]) => name !== 'json' && name !== 'url')) as Options;

// The same shape as the errors of the API.
const errorReply = ({ message: error, code, hint: next_step }: CliError): object => ({
  success: false,
  error,
  code,
  ...defined({ next_step }),
});

/** Parser of an option that is a whole number of at least `min`. */
export const wholeNumber =
  (min: number) =>
  (value: string): number => {
    if (!/^\d{1,15}$/.test(value) || Number(value) < min)
      throw new InvalidArgumentError(`It must be a whole number of at least ${min}.`);
    return Number(value);
  };

/** Parser of an option that is a number above 0. */
export const positiveNumber = (value: string): number => {
  if (!/^\d{1,9}(\.\d{1,9})?$/.test(value) || Number(value) === 0)
    throw new InvalidArgumentError('It must be a number above 0.');
  return Number(value);
};

/** Parser of an option that is a time: gives it in the form that the API takes. A time without a zone is local time. */
export function time(value: string): string {
  const [, date, rest = ''] = /^(\d{4}-\d\d-\d\d)(T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?$/.exec(value) ?? [];
  const at = new Date(`${date}${rest === '' ? 'T00:00' : rest}`);
  if (Number.isNaN(at.getTime()))
    throw new InvalidArgumentError('It must be a date such as 2026-01-31 or a time such as 2026-01-31T08:00Z.');
  return at.toISOString();
}
