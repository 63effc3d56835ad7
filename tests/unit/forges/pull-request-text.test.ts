import { describe, expect, test } from '@jest/globals';
import { defusePlain } from '../../../forges/inert-text.ts';
import { pullRequestText, type PullRequestFacts } from '../../../forges/pull-request-text.ts';

const text = (facts: Partial<PullRequestFacts> = {}): { title: string; body: string } =>
  pullRequestText({
    ...{
      task: 'Fix the login',
      summary: 'The login works again.',
      warnings: [],
      checks: [],
      cost_usd: 0.4249,
      job_id: 'job-1',
      job_url: 'https://agents.example/jobs/job-1',
    },
    profile: 'code',
    agent: 'Claude Code (opus)',
    ...facts,
  });
/** What a reader sees. */
const visible = (written: string): string => written.replaceAll('\u200b', '');

test('a pull request tells summary, task, agent, cost and job', () => {
  expect(text()).toEqual({
    title: 'Fix the login',
    body: [
      '## Summary\n\nThe login works again.\n\n## Task\n\n```text\nFix the login\n```\n\n---\n',
      'Made by Claude Code (opus) with the profile code · $0.42 · job [job-1](https://agents.example/jobs/job-1)',
    ].join('\n'),
  });
  const { body } = text({ summary: '  ', cost_usd: null, job_url: null });
  expect(body).toBe(
    '## Task\n\n```text\nFix the login\n```\n\n---\n\nMade by Claude Code (opus) with the profile code · job job-1',
  );
});

test('a pull request lists the warnings of its job below the summary, each as one harmless line', () => {
  const warnings = ['The file a.bin was left out.', 'See #1\nand @all'];
  expect(visible(text({ warnings }).body)).toContain(
    'The login works again.\n\n## Warnings\n\n- The file a.bin was left out.\n- See #1\n\n## Task',
  );
  expect(text({ warnings }).body).not.toContain('#1');
  expect(text({ warnings, template: 'Look: {{WARNINGS}}' }).body).toContain(
    'Look: - The file a.bin was left out.\n- See',
  );
});

test('a pull request has the commands of the profile as a table, and the end of what one wrote that did not pass', () => {
  const check = { phase: 'verify', round: 1, outcome: 'failed', exit_code: 1, duration_ms: 2_140 } as const;
  const checks = [
    { ...check, command: 'echo `a` | grep @all' },
    { ...check, round: 2, command: 'npm test', outcome: 'passed', exit_code: 0 } as const,
  ];
  const { body } = text({ checks, verdict: 'verify: `npm test` failed.\n1 test failed' });
  expect(body).toContain("| verify | `echo 'a' \\| grep @all` | failed with exit code 1 | 2.1 s |");
  expect(body).toContain('| verify (2) | `npm test` | passed | 2.1 s |');
  expect(body).toMatch(/^```text\nverify: `npm test` failed\.\n1 test failed\n```$/m);
  expect(text({ checks, template: '{{CHECKS}}' }).body).toMatch(/^\| \| Command \| Outcome \| Time \|\n/);
  expect(text().body).not.toContain('Checks');
});

describe('the title', () => {
  test.each([
    ['\n\n  \t\nSecond line first\nmore', 'Second line first'],
    ['\u001b[31mRed\u001b[0m \u001b]0;window\u0007and\u202e blue', 'Red and blue'],
    [' \n', 'Changes of job job-1'],
  ])('of %j is %j', (task, title) => {
    expect(text({ task }).title).toBe(title);
  });

  test('is at most 72 characters, and never ends in half of one', () => {
    const { title } = text({ task: `${'x'.repeat(70)}🙂🙂🙂` });
    expect(title).toBe(`${'x'.repeat(70)}…`);
    expect(text({ task: '@'.repeat(500) + 'x' }).title.length).toBeLessThanOrEqual(72);
  });
});

describe.each(['task', 'summary'] as const)('of a %s', (part) => {
  const written = (said: string): string => text({ [part]: `Begin\n${said}` }).body;

  test.each([
    ['@everyone and @org/team, mail a@b.example', /@[\w]/],
    ['Fixes #1, closes org/repo#23', /#\d|fixes|closes/i],
    ['Closes !4 resolves GH-5', /!\d|GH-\d|closes|resolves/i],
    ['FIXED: https://github.com/o/r/issues/1\nimplements ABC-12', /fixed|implements/i],
    ['Closing\nhttps://gitlab.com/o/r/-/issues/1', /closing/i],
    ['<!-- hidden --> <script>x</script> <img src=x> </details> <?php <!DOCTYPE', /<[a-z/!?]|-->/i],
    ['![beacon](https://evil.example/x.png)', /!\[/],
    ['/merge\n  /approve @x\n> /close', /^[ >]*\/[a-z]/m],
  ])('%j is shown, and does nothing', (said, acts) => {
    expect(said).toMatch(acts);
    expect(written(said)).not.toMatch(acts);
    expect(visible(written(said))).toContain(said);
  });

  test('escapes, controls and what reorders or hides text are taken out', () => {
    const body = written(
      'a\u001b[31mb\u001b]8;;https://evil.example\u0007c\u001b]8;;\u0007d\u0000e\u0085f\u202eg\u{e0041}h\r\ni\ud800j',
    );
    expect(visible(body)).toContain('abcdefgh\ni\ufffdj');
  });

  test('a keyword is broken by our character alone: one that was there is no help', () => {
    expect(written('fi\u200bxes #\u200b1 @\u200beveryone')).not.toMatch(/fixes|#1|@everyone/);
  });

  test('what is too long is cut visibly, also where each character is made harmless', () => {
    for (const long of ['x'.repeat(70_000), '@a'.repeat(35_000), '<b>'.repeat(30_000)]) {
      const { body } = text({ task: long, summary: long });
      expect(body.length).toBeLessThan(60_001);
      expect(body.match(/… \(cut\)/g)).toHaveLength(2);
      expect(body).toContain('job [job-1]');
    }
  });
});

test('a task cannot end the block that it stands in', () => {
  const { body } = text({ task: 'a\n```\n````\n# Heading\n~~~' });
  expect(body).toContain('`````text\na\n```\n````\n# Heading\n~~~\n`````\n');
});

describe('a template', () => {
  test('gets each value once, as data', () => {
    const template = '# {{TASK}}\n{{ SUMMARY }}\n{{COST}} {{JOB_ID}} {{JOB_URL}} {{PROFILE}} {{OTHER}} Fixes #1 <b>';
    const { title, body } = text({ template, task: '{{JOB_ID}} $& @all', summary: '{{TASK}} fixes #2' });
    expect(title).toBe(`{{JOB_ID}} $& @\u200ball`);
    expect(visible(body)).toBe(
      '# {{JOB_ID}} $& @all\n{{TASK}} fixes #2\n$0.42 job-1 https://agents.example/jobs/job-1 code {{OTHER}} Fixes #1 <b>',
    );
    expect(body).not.toMatch(/@all|fixes #2|#2/);
    expect(body).toContain('Fixes #1 <b>');
  });

  test('that is too long with its values is cut', () => {
    const { body } = text({ template: '{{TASK}}'.repeat(20), task: 'x'.repeat(10_000) });
    expect(body).toHaveLength(60_000);
    expect(body).toMatch(/… \(cut\)$/);
  });
});

describe('of the words of an agent', () => {
  const said = (summary: string): string => text({ summary, task: 'x' }).body;

  test.each([
    'Use `@app.route("/x")` and `a --> b`, see `#12`.',
    'Install:\n\n```sh\nnpm i @scope/pkg # !1 <b>\n/merge\n```\n\nDone.',
    '~~~\n@Test\n~~~',
    '``a ` @b``',
    '[the page](https://medium.com/@ada/post#12) and https://host.example/p/!1?x=@y',
  ])('code and links can be copied: %j', (summary) => {
    expect(said(summary)).toContain(summary);
  });

  test.each([
    ['- a `b\n- @team `c', '@team'],
    ['one ` two\n`@team` three', '@team'],
    ['\\`@team\\`', '@team'],
    ['| a ` | @team ` |', '@team'],
    ['- x\n  ```\n  code\n@team\n  ```\n', '@team'],
    ['> ```\n@team\n\n```\n@team\n', '@team'],
    ['```\ncode\n```\n@team', '@team'],
    ['https://x.example @team', '@team'],
    ['(https://x.example)@team', '@team'],
  ])('what only looks like code is defused: %j', (summary, mention) => {
    expect(said(summary)).not.toContain(mention);
  });

  test('a request to run no checks is none', () => {
    for (const words of ['[skip ci]', '[ci skip]', '[no ci]', '[skip actions]', '***NO_CI***', 'skip-checks: true']) {
      expect(said(words)).not.toContain(words);
      expect(text({ task: `Fix it ${words}` }).title).not.toContain(words);
      expect(visible(said(words))).toContain(words);
      // Who looks for it in a title, or in a commit, knows no code and no links.
      expect(text({ task: `Fix \`${words}\` https://x.example/${words}` }).title).not.toContain(words);
      expect(defusePlain(`Fix \`${words}\` https://x.example/${words}`)).not.toContain(words);
    }
  });

  test.each([
    '`Fixes #12`',
    'Closes: org/repo#1',
    '/close',
    'Co-authored-by: X <x@corp.example>',
    'Signed-off-by: X <x@corp.example>',
    '`@team`',
  ])('%j does nothing in the message of a commit, also as code', (words) => {
    expect(defusePlain(words)).not.toMatch(/fixes|closes|#\d|^\/[a-z]|@[\w]/i);
    expect(visible(defusePlain(words))).toBe(words);
  });

  test('what is no text is none in the message of a commit', () => {
    expect(defusePlain('a\0b\ud83dc\u202ed\udc00')).toBe('ab\ufffdcd\ufffd');
  });
});
