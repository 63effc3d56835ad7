import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { packageRoot } from '../../../config/index.ts';
import { namesOf, type Setting } from '../../../config/setting.ts';
import { SETTINGS } from '../../../config/settings.ts';
import { UNUSED } from '../../../config/unused.ts';

interface Row {
  there: string;
  state: string;
  how: string;
  test: string;
}

const rows: Row[] = readFileSync(join(packageRoot, 'docs', 'compatibility.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (-|There )/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, there = '', state = '', how = '', title = '']) => ({ there, state, how, test: title }));

test.each(rows)('$there is $state, which has its grounds', ({ state, how, test: named }) => {
  expect(['same', 'better', 'planned', 'not applicable']).toContain(state);
  if (state === 'better' || state === 'not applicable') expect(how).toMatch(/\.$/);
  if (state === 'planned' || state === 'not applicable') return expect(named).toBe('');
  const [, file = '', title = ''] = /^`(\S+)` "(.+)"$/.exec(named) ?? [];
  const path = join(packageRoot, 'tests', file);
  expect([named, existsSync(path)]).toEqual([named, true]);
  expect(readFileSync(path, 'utf8')).toContain(title);
});

describe('variables', () => {
  test('that have no effect are listed, with their state', () => {
    const listed = new Map(rows.map(({ there, state }) => [there, state]));
    expect(UNUSED.filter(({ variable }) => listed.get(`\`${variable}\``) !== 'not applicable')).toEqual([]);
  });

  test('that have an effect are not listed as if they had none', () => {
    const used = Object.values<Setting<unknown>>(SETTINGS)
      .flatMap(namesOf)
      .map((name) => `\`${name}\``);
    const without = rows.filter(({ state }) => state === 'planned' || state === 'not applicable');
    expect(without.map(({ there }) => there).filter((there) => used.includes(there))).toEqual([]);
  });
});
