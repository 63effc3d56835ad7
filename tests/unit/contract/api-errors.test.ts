import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { API_ERRORS, nextStepOf, statusOf } from '../../../contract/http/api-errors.ts';
import { inTermsOf } from '../../../contract/http/terms.ts';
import { FAILURES } from '../../../contract/shared/failures.ts';

const all = Object.entries({ ...FAILURES, ...API_ERRORS });
const { paths } = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as { paths: Record<string, object> };

test('a code stands for either a failure of a job or an error of the API, and has a meaning and a next step', () => {
  expect(all).toHaveLength(Object.keys(FAILURES).length + Object.keys(API_ERRORS).length);
  for (const [code, { meaning, nextStep }] of all) {
    expect([code, meaning]).toEqual([code, expect.stringMatching(/^(?:[A-Z]|agenticore ).*\.$/)]);
    expect([code, nextStep]).toEqual([code, expect.stringMatching(/^[A-Z].*\.$/)]);
  }
});

test('a next step names routes that exist, and the command line and MCP tools show none of them', () => {
  for (const [code, { nextStep }] of all) {
    for (const [, method = '', path = ''] of nextStep.matchAll(/\b(GET|POST|DELETE) (\/[^`\s]*)/g))
      expect(paths[path]).toHaveProperty(method.toLowerCase());
    for (const surface of ['cli', 'mcp'] as const)
      expect([code, inTermsOf(surface, nextStep)]).toEqual([code, expect.not.stringMatching(/`(GET|POST|DELETE) /)]);
  }
});

test('a next step in terms of the command line names its commands and options', () => {
  expect(inTermsOf('cli', nextStepOf('profile_not_found') ?? '')).toBe('Choose one of `agenticore profiles`.');
  expect(inTermsOf('mcp', nextStepOf('profile_not_found') ?? '')).toBe('Choose one of `list_profiles`.');
  expect(inTermsOf('cli', 'Choose a `base_ref` with `git branch`.')).toBe('Choose a `--base-ref` with `git branch`.');
});

test('an error without a status of its own is the fault of the server', () => {
  expect([statusOf('job_not_found'), statusOf('invalid_request'), statusOf('host_lost')]).toEqual([404, 400, 500]);
  expect(nextStepOf('constructor')).toBeUndefined();
});
