import { Client } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Config } from '../../../config/index.ts';
import { connectClient } from '../../../temporal-config/connect.ts';
import { startEngine } from '../../../temporal-config/dev-server/dev-server.ts';
import { readEngineFile } from '../../../temporal-config/dev-server/engine-file.ts';
import { stopProcess } from '../../../temporal-config/dev-server/engine-process.ts';
import { temporalTarget } from '../../../temporal-config/target.ts';
import { endEngine, freshConfig } from '../../support/engine.ts';
import { ownPorts } from '../../support/own-ports.ts';

let config: Config;
beforeAll(async () => {
  config = freshConfig();
  await ownPorts(config.dataDir);
});
afterAll(() => endEngine(config));

test('a wait that is tried again when its connection is closed ends with an error, not with the process', async () => {
  const engine = await startEngine(config, () => undefined);
  const connection = await connectClient(temporalTarget(config));
  const { workflow } = new Client({ connection });
  const handle = await workflow.start('job', { workflowId: 'waited-for', taskQueue: 'nobody' });
  const wait = handle.result();
  wait.catch(() => undefined);
  await engine.stop();
  const running = readEngineFile(config.dataDir)?.engine;
  if (running != null) await stopProcess(running);
  // Both have failed by now, and only the wait is still tried again.
  await expect(handle.describe()).rejects.toThrow();
  await connection.close();
  await expect(wait).rejects.toThrow();
});
