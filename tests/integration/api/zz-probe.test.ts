import { test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { createApi } from '../../../api/http/create-api.ts';
import { startService } from '../../../workers/service.ts';
import { freshConfig } from '../../support/engine.ts';
import { environmentOf, takeNamespace } from '../../support/temporal.ts';
import { join } from 'node:path';
import { createPlace, removePlace } from '../../support/place.ts';
import { call } from '../../support/product.ts';
import { until } from '../../support/until.ts';
import { loadConfig } from '../../../config/index.ts';

test('x', async () => {
  const place = await createPlace({ ...environmentOf(takeNamespace()), ANTHROPIC_API_KEY: 'sk-ant-x', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' });
  place.env.AGENTICORE_SHARED_FS_ROOT = join(place.dir, 'shared');
  const config = loadConfig(place.env);
  const begun = Date.now();
  const service = await startService(config, { worker: true });
  console.log('service', Date.now() - begun);
  const api = await createApi({ ...service, config, version: '0' });
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 });
  const { body } = await call<{ job: { id: string } }>(url, '/jobs', { json: { task: 'x', repo_url: join(place.dir, 'none.git') } });
  console.log(JSON.stringify(body));
  await until(async () => {
    const { body: b } = await call<{ job: { status: string } }>(url, `/jobs/${body.job.id}`);
    return b.job.status === 'failed' && b;
  });
  await new Promise((r) => setTimeout(r, 2500));
  writeFileSync('/tmp/mt/metrics.txt', await (await fetch(`${url}/metrics`)).text());
  await api.close();
  await service.stop(0);
  await removePlace(place);
});
