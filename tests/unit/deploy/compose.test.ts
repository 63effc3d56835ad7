import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { loadConfig, packageRoot } from '../../../config/index.ts';

interface Service {
  image?: string;
  command?: string[] | string;
  ports?: string[];
  volumes?: string[];
  environment?: Record<string, string | number>;
  depends_on?: Record<string, object>;
}

const read = (path: string): string => readFileSync(join(packageRoot, path), 'utf8');
const file = read('docker-compose.yml');
const compose = parse(file, { merge: true }) as { services: Record<string, Service>; volumes: object };
const services = Object.entries(compose.services);
const example = new Map(
  [...read('.env.example').matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
);

/** The environment of a service, with a value for each variable that has to be given. */
function environmentOf(name: string): Record<string, string> {
  const filled = (value: string): string =>
    value.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_all, name: string, how: string, text: string) =>
      how === '-' ? text : `of-${name}`,
    );
  const { environment = {} } = compose.services[name] ?? {};
  return Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, filled(String(value))]));
}

test.each(['api', 'worker'])('the settings of the %s are settings that there are, and right', (name) => {
  const env = environmentOf(name);
  const { warnings, temporal, ...config } = loadConfig({ ...env, AGENTICORE_DATA_DIR: '/nowhere' });
  expect(warnings).toEqual([]);
  expect(temporal).toEqual({ TEMPORAL_ADDRESS: 'temporal:7233' });
  expect(config.postgresUrl).toBe('postgres://agenticore:of-POSTGRES_PASSWORD@postgres:5432/agenticore');
  expect(Object.keys(compose.services)).toEqual(
    expect.arrayContaining(
      Object.values(env)
        .flatMap((value) => /:\/\/(?:\S*@)?([a-z-]+):\d/.exec(value)?.[1] ?? [])
        .filter((host) => host !== 'localhost'),
    ),
  );
});

test('what agents and this product tell goes by the collector and the API to PostgreSQL', () => {
  expect(environmentOf('worker')).toMatchObject({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel-collector:4317' });
  const { AGENTICORE_URL, AGENTICORE_API_KEY } = environmentOf('otel-collector');
  expect(AGENTICORE_URL).toBe('http://api:8200');
  expect(environmentOf('api').AGENTICORE_API_KEYS?.split(',')).toContain(`collector=${AGENTICORE_API_KEY}`);
  expect(environmentOf('api').AGENTICORE_ALLOWED_HOSTS).toBe('api');
});

test('no service is reached from another machine, and no password has a value by default', () => {
  for (const [, { ports = [] }] of services) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  const secrets = [...file.matchAll(/\$\{(\w+)(:\?)?/g)].filter(([, name = '']) =>
    /PASSWORD|AGENTICORE_\w*KEY/.test(name),
  );
  expect(secrets.length).toBeGreaterThan(6);
  for (const [, name, required] of secrets) expect([name, required]).toEqual([name, ':?']);
  for (const [, name = ''] of file.matchAll(/\$\{(\w+)/g)) expect([...example.keys()]).toContain(name);
  for (const [name, value] of example) if (/PASSWORD|KEY|TOKEN/.test(name)) expect([name, value]).toEqual([name, '']);
});

test('files and volumes that are mounted exist, and each image has a version', () => {
  const known = Object.keys(compose.volumes);
  for (const [, { volumes = [], image = '' }] of services) {
    for (const [source = ''] of volumes.map((volume) => volume.split(':')))
      expect(source.startsWith('.') ? existsSync(join(packageRoot, source)) : known.includes(source)).toBe(true);
    expect(image === 'agenticore' || /:\d/.test(image)).toBe(true);
  }
});

test('the image has the versions of the agents, and of the collector, that are tried', () => {
  const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: Record<string, string> };
  const image = read('deploy/Dockerfile');
  expect(image).toContain(`ARG CLAUDE_CODE_VERSION=${devDependencies['@anthropic-ai/claude-code']}`);
  expect(image).toContain(`ARG CODEX_VERSION=${devDependencies['@openai/codex']}`);
  const [, collector] = /go\.opentelemetry\.io\/collector\/otelcol v(\S+)/.exec(read('scripts/collector/go.mod')) ?? [];
  expect(compose.services['otel-collector']?.image).toBe(`otel/opentelemetry-collector-contrib:${collector}`);
});
