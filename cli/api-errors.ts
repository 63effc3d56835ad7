import { ErrorReply } from '../contract/http/replies.ts';
import { CliError } from './errors.ts';
import { nextStepLine } from './output/format.ts';

/** Nothing answers at `url`, or what did has stopped in the middle. */
export function noServer(url: string, error: unknown): CliError {
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  const why = name === 'TimeoutError' ? ' in time' : cause?.code === undefined ? '' : ` (${cause.code})`;
  const hint = 'Start one: agenticore serve. Or name one that runs by --url or AGENTICORE_URL.';
  return new CliError(`No agenticore server answers at ${url}${why}.`, { code: 'no_server', hint, passing: true });
}

/** What answers at `url` is no agenticore, or one of another version. */
export function notAgenticore(url: string, status: number): CliError {
  const hint = 'Correct --url or AGENTICORE_URL, or use the same version of agenticore here and there.';
  // A proxy answers for a server that starts again with one of these.
  const passing = status >= 502 && status <= 504;
  return new CliError(`${url} answers, but not as this agenticore expects (HTTP ${status}).`, {
    code: 'not_agenticore',
    hint,
    passing,
  });
}

/** What the server said when it refused; `reply` is the parsed body. */
export function refusal(url: string, status: number, reply: unknown): CliError {
  const said = ErrorReply.safeParse(reply);
  if (!said.success) return notAgenticore(url, status);
  const { error, code, next_step } = said.data;
  const hint = next_step === undefined ? undefined : nextStepLine(next_step);
  return new CliError(error, { code, hint, exitCode: code === 'job_not_found' ? 1 : 2, passing: status >= 500 });
}
