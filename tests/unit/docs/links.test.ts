import { expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../../config/index.ts';

const files = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'docs/clients/README.md',
  ...readdirSync(join(packageRoot, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

const read = (path: string): string => readFileSync(path, 'utf8').replace(/^```[^]*?^```$/gm, '');

/** What a heading is called in an address. */
const anchors = (path: string): string[] =>
  [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );

/** Links to what is not there. */
function broken(file: string): string[] {
  const path = join(packageRoot, file);
  const links = [...read(path).matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
  return links
    .filter(([, target = '', anchor]) => {
      const to = target === '' ? path : join(dirname(path), target);
      return !existsSync(to) || (anchor !== undefined && !anchors(to).includes(anchor));
    })
    .map(([link]) => link);
}

test.each(files)('every link in %s leads to a file and a heading that are there', (file) => {
  expect(broken(file)).toEqual([]);
});
