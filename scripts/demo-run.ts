import { once } from 'node:events';
import { Client } from '../cli/client.ts';
import { followEvents, untilEnded } from '../cli/follow.ts';
import { colors } from '../cli/output/format.ts';
import { details } from '../cli/output/job.ts';
import { createProgress } from '../cli/output/progress.ts';
import { print, say, write } from '../cli/output/streams.ts';
import { createReconnect } from '../cli/reconnect.ts';
import type { JobRequest } from '../contract/http/job-request.ts';
import type { JobRecord } from '../contract/http/job-record.ts';
import { createPlace, serverEnvironment, type Place } from './demo-place.ts';
import { demoModel, TASK } from './demo-project.ts';
import { startServer, type Server } from './demo-server.ts';
import { heading, kept, profile, step, submitted, title } from './demo-text.ts';
import { PROFILE, PROFILE_TEXT, verifiedModel, writeProfile } from './demo-verify.ts';
import { plainGit } from '../tests/support/sample-repo.ts';
import { startScriptedModel, type ScriptedModel } from '../tests/support/model/scripted-model.ts';

export interface Options {
  /** A real model, by the person's own credential. */
  live: boolean;
  /** With a profile that verifies what the agent did. */
  verify: boolean;
  /** Stay until it is stopped. */
  keep: boolean;
  /** The `temporal` program to start. */
  engine: string;
}

/** What the demo has started so far, for who cleans up after it. */
export interface Started {
  place?: Place;
  model?: ScriptedModel;
  server?: Server;
}

/** The whole demo. Rejects when the job did not end in a delivered branch, and when `stop` aborts before it has. */
export async function demo(options: Options, started: Started, stop: AbortSignal): Promise<void> {
  const begun = performance.now();
  print(title(options.live));
  const place = (started.place = await step('repository', createPlace, ({ repo }) => [repo, 'its test fails']));
  const server = await startParts(options, place, started, stop);
  const job = await runJob(
    server,
    { task: TASK, repo_url: place.repo, ...(options.verify && { profile: PROFILE }) },
    stop,
  );
  if (job.branch !== null) await showDiff(place, job.branch);
  print(heading('The record', 'GET /jobs/:id'));
  print(details(job, []));
  const isDone = job.status === 'succeeded' && job.branch !== null;
  const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
  if (isDone) print(`\n${colors.green('✓')} ${colors.bold(`The demo succeeded in ${seconds} s.`)}`);
  if (options.keep) await keep(place, server, job.id, stop);
  if (!isDone) throw new Error('The demo did not succeed: the job pushed no branch.');
}

async function startParts(
  { live, verify, engine }: Options,
  place: Place,
  started: Started,
  stop: AbortSignal,
): Promise<Server> {
  const script = (): Promise<ScriptedModel> => startScriptedModel(verify ? verifiedModel : demoModel);
  if (!live) started.model = await step('model', script, ({ url }) => [url, 'a script']);
  if (verify) {
    await writeProfile(place);
    print(profile(PROFILE, PROFILE_TEXT));
  }
  const env = serverEnvironment(place, engine, started.model?.url);
  const serve = (): Promise<Server> => startServer(place.dir, env, stop);
  return (started.server = await step('agenticore', serve, ({ url }) => [url, 'API, worker and Temporal']));
}

/** Submits the job as `agenticore run` does, shows it at work, and answers its record when it has ended. */
async function runJob(server: Server, request: JobRequest, stop: AbortSignal): Promise<JobRecord> {
  const client = new Client(server.url);
  const signal = AbortSignal.any([stop, server.gone]);
  const { id, ...job } = await client.submit(request, undefined, signal);
  print(submitted({ id, ...job }));
  const following = { client, id, signal, reconnect: createReconnect({ url: client.url, tell: say }) };
  const show = createProgress(write);
  for await (const logged of followEvents(following, 0)) if (logged.event.type !== 'ended') show(logged);
  const ended = await untilEnded(following);
  if (ended === undefined) throw serverGone(server);
  return ended;
}

async function showDiff({ repo }: Place, branch: string): Promise<void> {
  const color = `--color=${colors.isColorSupported ? 'always' : 'never'}`;
  print(heading('On the remote', `git diff main..${branch}`));
  print(await plainGit(repo, 'log', color, '--format=%C(yellow)%h%C(reset) %s  (%an)', `main..${branch}`));
  print(await plainGit(repo, 'diff', color, `main..${branch}`));
}

/** Stays until the demo is stopped. */
async function keep(place: Place, server: Server, id: string, stop: AbortSignal): Promise<void> {
  print(kept(place, server.url, id));
  const over = AbortSignal.any([stop, server.gone]);
  if (!over.aborted) await once(over, 'abort');
  if (!stop.aborted) throw serverGone(server);
}

const serverGone = (server: Server): Error => new Error(`agenticore has stopped.\n${server.said()}`.trim());
