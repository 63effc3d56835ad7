import { describe, expect, test } from '@jest/globals';
import { Route } from '../../../contract/http/profile-rule.ts';
import { chooseProfile } from '../../../profiles/profile-rules.ts';

const routes = [
  { repo: 'github.com/acme/docs-*', profile: 'writer' },
  { words: ['review', 'look over', 'c++'], profile: 'review' },
  { repo: '**/legacy/**', words: ['upgrade'], profile: 'careful' },
  { repo: 'github.com/acme/*', profile: 'acme' },
];
const choose = (task: string, repo_url?: string, profile?: string): string => {
  const chosen = chooseProfile({ task, repo_url, profile }, routes, 'code');
  return `${chosen.profile}, ${chosen.profile_reason}`;
};

describe('the profile of a job', () => {
  test('is the one that the request names, whatever the rules say', () =>
    expect(choose('review it', 'https://github.com/acme/app', 'mine')).toBe('mine, explicit'));

  test('is the default where no rule fits', () => {
    expect(choose('fix it')).toBe('code, default');
    expect(choose('fix it', 'https://example.org/acme/app')).toBe('code, default');
  });

  test('is that of the first rule that fits', () => {
    expect(choose('review it', 'https://github.com/acme/docs-en')).toBe('writer, rule 1: repo github.com/acme/docs-*');
    expect(choose('review it', 'https://github.com/acme/app')).toBe('review, rule 2: word "review"');
    expect(choose('fix it', 'https://github.com/acme/app')).toBe('acme, rule 4: repo github.com/acme/*');
  });

  test('is that of a rule with both conditions only where both fit', () => {
    expect(choose('Upgrade it', 'https://x.org/legacy/app')).toBe('careful, rule 3: repo **/legacy/**, word "upgrade"');
    expect(choose('upgrade it', 'https://x.org/other/app')).toBe('code, default');
    expect(choose('upgrade it')).toBe('code, default');
    expect(choose('mend it', 'https://x.org/legacy/app')).toBe('code, default');
  });
});

test.each([
  'https://github.com/acme/app.git',
  'https://github.com/ACME/app',
  'git@github.com:acme/app.git',
  'git@github.com:/acme/app',
  'ssh://git@github.com/acme/app',
])('%s is github.com/acme/app', (url) => expect(choose('x', url)).toContain('acme, rule 4'));

test.each([
  'https://github.com/acme/a/b',
  'https://github.com/acme',
  'https://github.com.evil.org/acme/app',
  '/srv/github.com/acme/app',
])('* does not reach further than one name: %s', (url) => expect(choose('x', url)).toBe('code, default'));

test.each([
  ['REVIEW this', true],
  ['please review.', true],
  ['a look\nover it', true],
  ['port it to C++', true],
  ['preview it', false],
  ['reviewer', false],
  ['überreview', false],
  ['look it over', false],
])('words are found as whole words in any case: %j', (task, found) =>
  expect(choose(task)).toMatch(found ? /^review, rule 2: word / : /^code, default$/),
);

test('what is special in a pattern elsewhere is only itself here', () =>
  expect(
    chooseProfile({ task: 'x', repo_url: 'https://a.b/c' }, [{ repo: 'a?b/(c|d)', profile: 'x' }], 'code').profile,
  ).toBe('code'));

test('a rule without a condition is refused', () => expect(Route.safeParse({ profile: 'x' }).success).toBe(false));
