import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadConfig, type Config } from '../../../config/index.ts';
import { connectWorkers } from '../../../workers/worker-options.ts';
import { connectClient } from '../../../temporal-config/connect.ts';
import { SEARCH_ATTRIBUTES } from '../../../contract/workflow/search-attributes.ts';
import { ensureSearchAttributes } from '../../../temporal-config/search-attributes.ts';
import { temporalTarget, workflowUrl, type Target } from '../../../temporal-config/target.ts';
import { freePort } from '../../support/free-port.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agenticore-target-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const load = (env: Record<string, string>): Config => loadConfig({ AGENTICORE_DATA_DIR: folder, ...env });

describe('temporalTarget', () => {
  test('takes address, namespace, TLS files, API key and headers from the TEMPORAL_* variables', () => {
    const certificate = join(folder, 'client.pem');
    writeFileSync(certificate, 'a certificate');
    const target = temporalTarget(
      load({
        TEMPORAL_ADDRESS: 'temporal.example:7233',
        TEMPORAL_NAMESPACE: 'team',
        ...{
          TEMPORAL_TLS_CLIENT_CERT_PATH: certificate,
          TEMPORAL_TLS_CLIENT_KEY_DATA: 'a key',
          TEMPORAL_GRPC_META_X_TEAM: 'blue',
        },
      }),
    );
    expect(target).toMatchObject({ address: 'temporal.example:7233', namespace: 'team', embedded: false, uiUrl: null });
    const { tls, metadata } = target.options;
    const { clientCertPair } = tls as { clientCertPair: { crt: Uint8Array; key: Uint8Array } };
    expect([clientCertPair.crt, clientCertPair.key].map((bytes) => Buffer.from(bytes).toString())).toEqual([
      'a certificate',
      'a key',
    ]);
    expect(metadata).toEqual({ 'x-team': 'blue' });
  });

  test('uses TLS with an API key', () => {
    const { options } = temporalTarget(load({ TEMPORAL_ADDRESS: 'x:7233', TEMPORAL_API_KEY: 'secret' }));
    expect(options).toEqual({ apiKey: 'secret', tls: true });
  });

  test('reads a Temporal configuration file only when the environment points at it', () => {
    const file = join(folder, 'temporal.toml');
    writeFileSync(
      file,
      '[profile.default]\naddress = "file.example:7233"\n[profile.prod]\naddress = "prod.example:7233"\nnamespace = "prod"\n',
    );
    expect(temporalTarget(load({ TEMPORAL_CONFIG_FILE: file })).address).toBe('file.example:7233');
    expect(temporalTarget(load({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'prod' }))).toMatchObject({
      address: 'prod.example:7233',
      namespace: 'prod',
    });
    expect(() => temporalTarget(load({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'nope' }))).toThrow(
      /TEMPORAL_\* settings are not valid: .*nope/,
    );
  });

  test.each(['TEMPORAL_API_KEY', 'TEMPORAL_NAMESPACE', 'TEMPORAL_TLS'])('refuses %s without an address', (name) => {
    expect(() => temporalTarget(load({ [name]: 'x' }))).toThrow(
      `${name} is set without TEMPORAL_ADDRESS: set TEMPORAL_ADDRESS`,
    );
  });

  test('links to the Web UI of Temporal Cloud, to the one that is configured, or to none', () => {
    const link = (env: Record<string, string>): string | null => workflowUrl(temporalTarget(load(env)), 'a b');
    expect(link({ TEMPORAL_ADDRESS: 'team.acct.tmprl.cloud:7233', TEMPORAL_NAMESPACE: 'team.acct' })).toBe(
      'https://cloud.temporal.io/namespaces/team.acct/workflows/a%20b',
    );
    expect(link({ TEMPORAL_ADDRESS: 'x:7233', AGENTICORE_TEMPORAL_UI_URL: 'https://ui.example/' })).toBe(
      'https://ui.example/namespaces/default/workflows/a%20b',
    );
    expect(link({ TEMPORAL_ADDRESS: 'x:7233' })).toBeNull();
  });
});

describe('connecting', () => {
  const targetOf = (port: number): Target => temporalTarget(load({ TEMPORAL_ADDRESS: `127.0.0.1:${port}` }));

  test('goes on trying while nothing listens, and ends with the address', async () => {
    const port = await freePort();
    for (const connect of [connectClient, connectWorkers]) {
      await expect(connect(targetOf(port), 600)).rejects.toMatchObject({
        type: 'engine_unavailable',
        message: expect.stringContaining(`Temporal at 127.0.0.1:${port} (without TLS) cannot be reached`),
      });
    }
  });

  describe('to a server that answers with a gRPC status', () => {
    let server: Server;
    const sessions = new Set<ServerHttp2Session>();
    /** `codes`: what each method answers; others succeed with an empty message. */
    const answering = async (codes: Record<string, number>): Promise<Target> => {
      const http2 = createHttp2Server();
      http2.on('session', (session) => sessions.add(session));
      http2.on('stream', (stream, headers) => {
        const status = codes[headers[':path']?.split('/').at(-1) ?? ''] ?? 0;
        const headersSent = { ':status': 200, 'content-type': 'application/grpc' };
        if (status !== 0) return stream.respond({ ...headersSent, 'grpc-status': String(status) }, { endStream: true });
        stream.respond(headersSent, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
        stream.end(Buffer.alloc(5));
      });
      server = http2.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return targetOf((server.address() as AddressInfo).port);
    };
    afterEach(() => {
      server.close();
      for (const session of sessions) session.destroy();
    });

    test('is given up at once when it refuses the credentials', async () => {
      const target = await answering({ GetSystemInfo: 16 });
      for (const connect of [connectClient, connectWorkers])
        await expect(connect(target, 600_000)).rejects.toThrow('refuses the connection: check TEMPORAL_API_KEY');
    });

    test('is used without search attributes when they may not be registered', async () => {
      const connection = await connectClient(
        await answering({ CountWorkflowExecutions: 3, ListSearchAttributes: 7, AddSearchAttributes: 7 }),
      );
      await expect(ensureSearchAttributes(connection, 'default')).resolves.toMatchObject({
        names: Object.values(SEARCH_ATTRIBUTES),
        reason: expect.any(String),
      });
      await connection.close();
    });

    test('is used with search attributes that somebody else registered, whatever this client may do', async () => {
      const connection = await connectClient(await answering({ ListSearchAttributes: 7, AddSearchAttributes: 7 }));
      await expect(ensureSearchAttributes(connection, 'default')).resolves.toBeUndefined();
      await connection.close();
    });
  });
});
