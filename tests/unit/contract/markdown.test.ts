import { expect, test } from '@jest/globals';
import { codeBlock, inlineCode, linkTo } from '../../../contract/shared/markdown.ts';
import { introduceJob } from '../../../contract/workflow/static-details.ts';

const TRACKER = '![](https://evil.test/seen.png)';

test.each([
  { text: 'npm test', code: '`npm test`' },
  { text: '`npm test` failed', code: '`` `npm test` failed ``' },
  { text: `a\`\`b\n${TRACKER}`, code: `\`\`\` a\`\`b ${TRACKER} \`\`\`` },
  { text: 'safe \u202e txt.exe\u0007', code: '`safe txt.exe`' },
])('a text of others is one line of code that it cannot end: $text', ({ text, code }) => {
  expect(inlineCode(text)).toBe(code);
});

test('a long text is cut, and not within a character', () => {
  expect(inlineCode('x'.repeat(400))).toBe(`\`${'x'.repeat(299)}…\``);
  expect(inlineCode(`${'x'.repeat(298)}😀😀`)).toBe(`\`${'x'.repeat(298)}…\``);
});

test('a block of code ends where its text ends, whatever fence is in it', () => {
  expect(codeBlock(`\`\`\`\n${TRACKER}`, 100)).toBe(`\`\`\`\`text\n\`\`\`\n${TRACKER}\n\`\`\`\``);
});

test('what is no plain address is shown, and is no link', () => {
  expect(linkTo('https://forge.test/acme/app/pull/1')).toBe(
    '[https://forge.test/acme/app/pull/1](https://forge.test/acme/app/pull/1)',
  );
  for (const url of ['javascript:alert(1)', 'https://a.test/)![x](https://evil.test', 'https://a.test/ b'])
    expect(linkTo(url)).toBe(`\`${url}\``);
});

test('a job is introduced by the first line of its task; its details hold the task as code and where to look', () => {
  const spec = { task: `Fix it\n${TRACKER}`, profile: 'code', profile_reason: 'default' };
  const known = { id: 'job-2', owner: 'alice', uiOf: (id: string) => `https://ui.test/${id}` };
  const retry = {
    of: 'job-1',
    job_id: 'job-1',
    first_job_id: 'job-1',
    from: 'start',
    worktree: false,
    recorded: [],
  } as const;
  const { staticSummary, staticDetails } = introduceJob({ ...spec, retry: { ...retry, recorded: [] } }, known);
  expect(staticSummary).toBe('Fix it');
  expect(staticDetails).toContain(`\`\`\`text\nFix it\n${TRACKER}\n\`\`\``);
  expect(staticDetails).toContain('- **retry of**: [job-1](https://ui.test/job-1)');
  expect(staticDetails).toContain('- **owner**: `alice`');
  expect(staticDetails).toContain('- **record**: `agenticore job job-2`');
});
