import type { AddressInfo } from 'node:net';
import type { Config } from '../../config/index.ts';
import { Failure } from '../../contract/shared/failures.ts';
import { checkAccess } from '../auth/exposure-check.ts';
import { createApi, type ApiOptions } from './create-api.ts';
import { untilIdle } from './idle.ts';
import { writeServerFile } from '../../config/server-file.ts';

export interface ApiServer {
  url: string;
  /** Resolves when there was no request for `ms` and no job waits or runs. */
  idle(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Listens on the configured host and port. Throws `invalid_config` when it cannot, or when `checkAccess` refuses. */
export async function startApi(options: ApiOptions): Promise<ApiServer> {
  const { config } = options;
  checkAccess(config);
  const { app, jobs, close } = await createApi(options);
  await app.listen({ host: config.host, port: config.port }).catch((cause: unknown) => {
    throw cannotListen(config, cause);
  });
  const { port } = app.server.address() as AddressInfo;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  const url = `http://${host}:${port}`;
  const forget = writeServerFile(config.dataDir, url);
  return {
    url,
    idle: (ms) => untilIdle(app.server, ms, () => jobs.reader.anyOpen()),
    close: async () => {
      forget();
      await close();
    },
  };
}

function cannotListen({ host, port }: Config, cause: unknown): unknown {
  const { code = '' } = cause as { code?: string };
  const why = {
    EADDRINUSE: `port ${port} on ${host} is in use: stop the program that uses it, or set AGENTICORE_PORT`,
    EACCES: `no permission to listen on port ${port} of ${host}: set AGENTICORE_PORT to a port above 1023`,
    EADDRNOTAVAIL: `AGENTICORE_HOST ${host} is not an address of this machine: correct it`,
    ENOTFOUND: `AGENTICORE_HOST ${host} cannot be resolved: correct it`,
    EAI_AGAIN: `AGENTICORE_HOST ${host} cannot be resolved, because DNS does not answer: correct it, or check DNS`,
  }[code];
  return why === undefined ? cause : new Failure('invalid_config', why, { cause });
}
