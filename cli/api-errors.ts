import { ErrorReply } from '../contract/http/replies.ts';
import { CliError } from './errors.ts';
import { nextStepLine } from './output/format.ts';

/** Nothing answers at `url`, or the answer broke off. */
export function noServer(url: string, error: unknown): CliError {
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  const why = name === 'TimeoutError' ? ' in time' : cause?.code === undefined ? '' : ` (${cause.code})`;
  const hint = 'Start one: agenticore serve. Or give the URL of a running one in --url or AGENTICORE_URL.';
  return new CliError(`No agenticore server answers at ${url}${why}.`, { code: 'no_server', hint, transient: true });
}

/** The server at `url` is not agenticore, or is another version of it. */
export function notAgenticore(url: string, status: number): CliError {
  const hint = 'Correct --url or AGENTICORE_URL, or use the same version of agenticore on both sides.';
  // A proxy answers with one of these while the server restarts.
  const transient = status >= 502 && status <= 504;
  return new CliError(`The server at ${url} is not agenticore, or is another version of it (HTTP ${status}).`, {
    code: 'not_agenticore',
    hint,
    transient,
  });
}

/** The error that the server answered; `reply` is the parsed body. */
export function apiError(url: string, status: number, reply: unknown): CliError {
  const said = ErrorReply.safeParse(reply);
  if (!said.success) return notAgenticore(url, status);
  const { error, code, next_step } = said.data;
  const hint = next_step === undefined ? undefined : nextStepLine(next_step);
  return new CliError(error, {
    code,
    hint,
    exitCode: status === 404 && code !== 'route_not_found' ? 1 : 2,
    transient: status >= 500,
  });
}
