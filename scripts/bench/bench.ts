import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../config/index.ts';
import { findTemporal } from '../../temporal-config/dev-server/binary.ts';
import { createPlace, serverEnvironment } from '../demo-place.ts';
import { startServer } from '../demo-server.ts';
import { fixingAgent } from '../../tests/support/model/scripts.ts';
import { startScriptedModel, type Script } from '../../tests/support/model/scripted-model.ts';
import { TASK, type Bench } from './bench-part.ts';
import { benchChat } from './chat.ts';
import { benchJobs } from './jobs.ts';
import { benchSessions } from './sessions.ts';
import { benchTelemetry } from './telemetry.ts';
import { row } from './table.ts';

// Measures agenticore beside the bare CLI, turn about in one run, so that both meet the same machine. Prints, asserts
// nothing. `npm run bench -- [rounds] [jobs|sessions|chat|telemetry …]`

/** The edit of a job. */
const COMMIT = 'echo fixed > fix.txt && git add -A && git commit -q -m fix';

const PARTS = { jobs: benchJobs, sessions: benchSessions, chat: benchChat, telemetry: benchTelemetry };

async function bench(rounds: number, parts: readonly string[]): Promise<void> {
  const place = await createPlace();
  const answering = { now: 0, most: 0, ms: 0 };
  const model = await startScriptedModel(counted(answering));
  const environment = serverEnvironment(place, await findTemporal(loadConfig()), model.url);
  const serving: Bench['serving'] = async (settings, work) => {
    const env = { ...environment, AGENT_MODE: 'true', ...settings };
    const server = await startServer(place.dir, env, new AbortController().signal);
    try {
      return await work(server.url);
    } finally {
      await server.stop();
    }
  };
  try {
    for (const [name, part] of Object.entries(PARTS))
      if (parts.length === 0 || parts.includes(name)) {
        await part({ place, modelUrl: model.url, answering, serving }, rounds);
        const load = loadavg().map((each) => each.toFixed(1));
        row(`load of the machine after ${rounds} rounds of ${name}`, load.join(' '));
      }
  } finally {
    await model.close();
    await place.remove();
  }
}

function counted(answering: Bench['answering']): Script {
  const fix = fixingAgent({ commands: [COMMIT] });
  return async (asked) => {
    answering.most = Math.max(answering.most, ++answering.now);
    if (answering.ms > 0) await sleep(answering.ms);
    answering.now--;
    return asked.task === TASK ? fix(asked) : { text: 'This is it.' };
  };
}

const [rounds, ...parts] = process.argv.slice(2);
await bench(Number(rounds ?? 7), parts);
