import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ourTracer, untilEnd } from '../../../telemetry/in-span.ts';
import type { OtlpSpan } from '../../../telemetry/otlp/messages.ts';
import { attributeOf } from '../../support/collector.ts';
import { startGitea, type GiteaStandIn } from '../../support/forges/gitea.ts';
import { spansOfProcess } from '../../support/told-spans.ts';
import { forgeAt } from './forge-at.ts';
import { plan } from './forge.contract.ts';

let standIn: GiteaStandIn;
beforeEach(async () => (standIn = await startGitea()));
afterEach(() => standIn.close());

const TOKEN = 'user-token';

/** The spans of a step that opens a pull request. */
async function opening(): Promise<OtlpSpan[]> {
  const spans = spansOfProcess();
  const forge = forgeAt(`${standIn.origin}/acme/app`, { giteaToken: TOKEN, kinds: { [standIn.host]: 'gitea' } });
  standIn.state.repo('acme/app')?.branches.set('agenticore-1', 'sha-work');
  await ourTracer()
    .startActiveSpan('openPullRequest', (span) => untilEnd(span, () => forge.findOrOpenPullRequest(plan())))
    .catch(() => undefined);
  return spans.ended();
}

test('each call to a forge is a span below the step, with the method and the host and no token', async () => {
  const spans = await opening();
  const step = spans.find(({ name }) => name === 'openPullRequest');
  const calls = spans.filter((span) => span !== step);
  expect(calls.map(({ name }) => name?.split(' ')[1])).toEqual(standIn.calls.map((call) => call.split(' ')[0]));
  expect(new Set(calls.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([step?.spanId]));
  expect(calls.map((span) => attributeOf(span, 'server.address'))).toEqual(calls.map(() => standIn.host));
  expect(JSON.stringify(spans)).not.toContain(TOKEN);
});

test('a call that the forge refuses is a failed span with the code of the failure', async () => {
  standIn.fail(401, 1);
  const failed = (await opening()).filter(({ status }) => status?.message === 'forge_auth_failed');
  expect(failed.map(({ name }) => name)).toEqual(['Gitea GET', 'openPullRequest']);
});
