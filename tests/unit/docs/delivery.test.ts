import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '../../../config/index.ts';
import { FAILURES, isFailureType } from '../../../contract/shared/failures.ts';
import { Forges } from '../../../contract/http/forge-kind.ts';
import { ProfileFile } from '../../../profiles/schema.ts';

const text = readFileSync(join(packageRoot, 'docs', 'delivery.md'), 'utf8');
const examples = [...text.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, yaml = '']) => parse(yaml) as object);

describe('docs/delivery.md', () => {
  const section = text.slice(text.indexOf('## When it fails'), text.indexOf('## Retrying a job'));
  const rows = section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, code = '', , again = '']) => [code.replaceAll('`', ''), again !== 'no'] as const);

  test('has the codes of a delivery that fails', () => expect(rows.length).toBeGreaterThan(10));
  test.each(rows)('%s is a code, and whether it is retried is %s', (code, again) => {
    expect([code, isFailureType(code) && !FAILURES[code].permanent]).toEqual([code, again]);
  });

  test('has a profile and a map of forges that are valid', () => {
    const [forges, profile] = examples;
    expect(Forges.parse((forges as { forges: unknown }).forges)).toEqual({
      'git.example.org': 'gitlab',
      'code.example.org:3000': 'gitea',
      'intranet.example.org/gitlab': 'gitlab',
    });
    expect(ProfileFile.parse(profile).pull_request?.reviewers).toEqual(['ada', 'acme/core']);
    expect(examples).toHaveLength(2);
  });
});
