import { beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createApi } from '../../../api/http/create-api.ts';
import { loadConfig, packageRoot } from '../../../config/index.ts';
import type { JobRecord } from '../../../contract/http/job-record.ts';
import { startProbeServer } from '../../../workers/probe-server.ts';
import { startService } from '../../../workers/service.ts';
import { Scrape } from '../../support/metrics.ts';
import { createPlace, removePlace } from '../../support/place.ts';
import { jobEnded, submit } from '../../support/product.ts';
import { readQuery } from '../../support/promql.ts';
import { environmentOf, takeNamespace } from '../../support/temporal.ts';
import { until } from '../../support/until.ts';

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource?: { uid: string };
  targets?: { expr: string; legendFormat: string; datasource: { uid: string } }[];
}

interface Dashboard {
  panels: Panel[];
  templating: { list: { name: string; type: string }[] };
}

interface Rule {
  alert: string;
  expr: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** Labels that Prometheus itself adds, and that of the buckets of a histogram. */
const ADDED = ['job', 'instance', 'le'];

const read = (path: string): Promise<string> => readFile(join(packageRoot, path), 'utf8');
const dashboard = JSON.parse(await read('deploy/grafana/dashboard.json')) as Dashboard;
const rules = (parse(await read('deploy/prometheus/alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const targets = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })));
/** All of both, with the panel or the alert that has them. */
const queries = [...targets, ...rules.map(({ alert, expr }) => ({ title: alert, expr }))].flatMap(({ title, expr }) =>
  readQuery(expr).map((wanted) => ({ title, ...wanted })),
);

/** The labels of what a server and its worker tell of themselves, by the names that Prometheus has. */
const told = new Map<string, ReadonlySet<string>>();
/** What each of the two tells, by address. */
let names: { api: Set<string>; worker: Set<string> };

/** A server with everything on, whose worker has failed a job. */
beforeAll(async () => {
  const place = await createPlace({
    ...environmentOf(takeNamespace()),
    ANTHROPIC_API_KEY: 'sk-ant-of-this-test',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
  });
  const config = loadConfig({ ...place.env, AGENTICORE_SHARED_FS_ROOT: join(place.dir, 'shared') });
  const service = await startService(config, { worker: true });
  const api = await createApi({ ...service, config, version: '0.0.0' });
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 });
  const probes = await startProbeServer({ host: '127.0.0.1', port: 0, metrics: service.metrics });
  const { id } = await submit(url, { task: 'fix it', repo_url: join(place.dir, 'none.git') });
  const job: JobRecord = await jobEnded(() => url, id);
  expect(job).toMatchObject({ status: 'failed', error_code: 'repo_not_found' });
  // The SDK tells the end of a workflow last.
  const scraped = await until(async () => {
    const scrape = await Scrape.of(url);
    return scrape.sum('temporal_workflow_failed_total', { workflow_type: 'job' }) === 1 && scrape;
  });
  names = { api: namesOf(scraped), worker: namesOf(await Scrape.of(probes.url)) };
  for (const metric of service.metrics.getMetricsAsArray()) tellLabels(metric, scraped);
  await probes.close();
  await api.close();
  await service.stop(0);
  await removePlace(place);
});

const namesOf = ({ samples }: Scrape): Set<string> => new Set(samples.map(({ name }) => name));

/** The SDK may have labels that it never uses: there those count that were seen. */
function tellLabels(metric: { name: string }, { samples }: Scrape): void {
  const { labelNames = [], type } = metric as { labelNames?: string[]; type?: string };
  const parts = type === 'histogram' ? ['_bucket', '_count', '_sum'] : [''];
  for (const name of parts.map((part) => `${metric.name}${part}`)) {
    const seen = samples.filter((sample) => sample.name === name).flatMap(({ labels }) => Object.keys(labels));
    told.set(name, new Set(name.startsWith('temporal_') ? seen : [...labelNames, ...seen]));
  }
}

test('every query asks for metrics and labels that there are', () => {
  const missing = queries.flatMap(({ title, metric, labels }) => {
    const known = told.get(metric);
    if (known === undefined) return [`${title}: ${metric}`];
    const unknown = labels.filter((label) => !ADDED.includes(label) && !known.has(label));
    return unknown.map((label) => `${title}: ${metric}{${label}}`);
  });
  expect(missing).toEqual([]);
  expect(queries.length).toBeGreaterThan(targets.length);
});

test('a query takes a quantile of buckets, and of nothing else', () => {
  expect(queries.filter(({ metric, labels }) => labels.includes('le') !== metric.endsWith('_bucket'))).toEqual([]);
});

test('the probe port of a worker tells what the API of its process tells', () => {
  expect([...names.api].filter((name) => !names.worker.has(name))).toEqual([]);
});

test('docs/telemetry.md lists each metric of ours with its labels, and no other', async () => {
  const table = (await read('docs/telemetry.md')).split('# Traces', 1)[0] ?? '';
  const listed = [...table.matchAll(/`(agenticore_\w+)(?:\{([\w,]+)\})?`/g)].map(
    ([, name = '', labels = '']) => `${name} ${labels.split(',').sort().join(',')}`,
  );
  const there = [...told]
    .filter(([name]) => name.startsWith('agenticore_') && !/_(bucket|sum)$/.test(name))
    .map(([name, labels]) => `${name.replace(/_count$/, '')} ${[...labels].sort().join(',')}`);
  expect([...new Set(listed)].sort()).toEqual(there.sort());
});

describe('the dashboard', () => {
  test('has a panel with an id and a place of its own for each thing', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  });

  test('asks the source of data that its user has chosen', () => {
    expect(dashboard.templating.list).toContainEqual(
      expect.objectContaining({ name: 'datasource', type: 'datasource' }),
    );
    const sources = [...dashboard.panels.filter(({ type }) => type !== 'row'), ...targets].map(
      ({ datasource }) => datasource?.uid,
    );
    expect(new Set(sources)).toEqual(new Set(['${datasource}']));
  });

  test('uses no variable that it does not have', () => {
    const known = dashboard.templating.list.map(({ name }) => name);
    const used = targets.flatMap(({ expr }) => [...expr.matchAll(/\$(\w+)/g)].map(([, name = '']) => name));
    expect(used.filter((name) => !name.startsWith('__') && !known.includes(name))).toEqual([]);
  });

  test('has the labels that its legends write', () => {
    const without = targets.flatMap(({ title, legendFormat, expr }) => {
      const labels = readQuery(expr).flatMap((wanted) => [...wanted.labels, ...ADDED]);
      const written = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      return written.filter((label) => !labels.includes(label)).map((label) => `${title}: ${label}`);
    });
    expect(without).toEqual([]);
  });
});

describe.each(rules.map((rule) => [rule.alert, rule] as const))('the alert %s', (alert, rule) => {
  test('says how bad it is, what has happened and what to do', () => {
    expect(Object.keys(rule.annotations).sort()).toEqual(['description', 'runbook', 'summary']);
    expect(['critical', 'warning']).toContain(rule.labels.severity);
    expect(rule.annotations.summary).toMatch(/\.$/);
    expect(rule.annotations.description).toMatch(/\.$/);
  });

  test('names a section of docs/operations.md that names it', async () => {
    const [file = '', anchor] = (rule.annotations.runbook ?? '').split('#');
    const section = (await read(file)).split(/^#+ /m).find((each) => anchorOf(each.split('\n', 1)[0] ?? '') === anchor);
    expect(section).toContain(`\`${alert}\``);
  });

  test('writes labels that it has', () => {
    const labels = readQuery(rule.expr).flatMap((wanted) => [...wanted.labels, 'job', 'instance']);
    const written = Object.values(rule.annotations).flatMap((text) =>
      [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label),
    );
    expect(written.filter((label) => !labels.includes(label))).toEqual([]);
  });
});

test('each alert has a name of its own', () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
});

/** The anchor that a heading gets on GitHub. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
