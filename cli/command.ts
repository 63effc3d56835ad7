import { type Command, InvalidArgumentError, Option } from 'commander';
import { Failure, FAILURES } from '../contract/shared/failures.ts';
import { apiKey, serverUrl } from './address.ts';
import type { Client } from './client.ts';
import { CliError } from './errors.ts';
import { toJson } from './output/sanitize.ts';
import { print } from './output/streams.ts';

/** What a verb that speaks to the server gets. */
export interface Verb<Options = object> {
  client: Client;
  /** Whether stdout is for a program. */
  json: boolean;
  args: readonly string[];
  options: Options;
}

interface CommonOptions {
  json?: boolean;
  url?: string;
}

/** The options that mean the same everywhere; they may stand before the verb and after it. */
export function addCommonOptions(command: Command): void {
  addJsonOption(command);
  command.addOption(new Option('--url <url>', 'address of the server (AGENTICORE_URL; else http://127.0.0.1:8200)'));
}

const addJsonOption = (command: Command): Command =>
  command.addOption(new Option('--json', 'print for programs, as JSON'));

/** Makes `command` do `act` with a client of the server; with --json an error is told on stdout too. */
export function onServer<Options extends object>(command: Command, act: (verb: Verb<Options>) => Promise<void>): void {
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

/** Makes `command` do `act` on this machine, without a server; with --json a Failure is told on stdout too. */
export function onMachine<Options extends object>(
  command: Command,
  act: (verb: Omit<Verb<Options>, 'client'>) => Promise<void>,
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

/** The options of the verb itself: a request is made of them, and what is common is not part of it. */
const ownOptions = <Options extends object>(command: Command): Options =>
  Object.fromEntries(Object.entries(command.opts()).filter(([name]) => name !== 'json' && name !== 'url')) as Options;

// Written as the API writes its errors, so that a program needs to know one shape only.
const errorReply = ({ message: error, code, hint: next_step }: CliError): object => ({
  success: false,
  error,
  code,
  ...(next_step && { next_step }),
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
