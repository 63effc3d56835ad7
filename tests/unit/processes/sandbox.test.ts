import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from '@jest/globals';
import { sandboxed, type SandboxRules } from '../../../processes/sandbox.ts';
import { start } from '../../../processes/spawn.ts';
import { killTree } from '../../../processes/tree.ts';
import { needs } from '../../support/needs.ts';

const test = needs('bwrap');
let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'agenticore-sandbox-')));
  for (const path of ['data/mirror', 'data/mine', 'data/other']) mkdirSync(join(root, path), { recursive: true });
  for (const path of ['data/secret', 'data/mirror/object', 'data/other/secret'])
    writeFileSync(join(root, path), 'content');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function inside(
  script: string,
  rules: Partial<SandboxRules> = {},
  env: Record<string, string> = {},
): Promise<string> {
  const data = join(root, 'data');
  const all = {
    hidden: [data],
    readable: [join(data, 'mirror')],
    writable: [join(data, 'mine')],
    network: true,
    ...rules,
  };
  const command = {
    file: 'sh',
    args: ['-c', script],
    cwd: join(data, 'mine'),
    env: { PATH: process.env.PATH ?? '', ...env },
  };
  const run = await start(await sandboxed(command, all), { kind: 'bubblewrap' });
  const lines: string[] = [];
  for await (const line of run.lines) lines.push(line);
  await killTree(run);
  return lines.join('\n');
}

test('what is hidden is empty, but for what is shown below it', async () => {
  expect(await inside('ls ..; cat ../mirror/object; ls ../other 2> /dev/null')).toBe('mine\nmirror\ncontent');
});

test('what is shown is there by the name it was given, too, wherever the link to it lies', async () => {
  const [hidden, plain] = [join(root, 'data', 'link'), join(root, 'link')];
  for (const link of [hidden, plain]) symlinkSync(join(root, 'data', 'mirror'), link);
  const readable = [hidden, plain];
  expect(await inside(`cat ${hidden}/object ${plain}/object; echo x > ${hidden}/x; true`, { readable })).toBe(
    'contentcontent',
  );
});

test('only what is writable can be written, also by root', async () => {
  const attempts =
    'echo x > mine; for f in ../mirror/x /etc/x /usr/x; do (echo x > $f) 2> /dev/null && echo wrote $f; done; mount -o remount,rw / && echo mounted';
  expect(await inside(`${attempts} 2> /dev/null; true`)).toBe('');
  expect(readdirSync(join(root, 'data/mine'))).toEqual(['mine']);
});

test('temporary files of others and their sockets are not there', async () => {
  expect(
    await inside(
      'ls -A /tmp /run/docker.sock /var/tmp 2> /dev/null | grep -v -e : -e "^$" -e agenticore-sandbox; true',
    ),
  ).toBe('');
});

test('the temporary directory has a path in which a Unix socket fits, however long its own is', async () => {
  const tmp = join(root, 'data/mine', 'x'.repeat(100));
  mkdirSync(tmp);
  const listen = "require('net').createServer().listen(process.env.TMPDIR + '/socket', () => process.exit())";
  const script = `echo $TMPDIR; '${process.execPath}' -e "${listen}" && echo heard; ls -A $TMPDIR/socket '${tmp}'`;
  const said = await inside(`${script}; touch $TMPDIR/kept`, {}, { TMPDIR: tmp });
  expect(said).toMatch(/^\/tmp\nheard\n/);
  expect(readdirSync(tmp)).toContain('kept');
});

test('processes and the environment of others cannot be seen', async () => {
  process.env.SANDBOX_TEST_SECRET = 'leaked';
  expect(
    await inside('cat /proc/*/environ | tr "\\0" "\\n" | grep -c SANDBOX_TEST_SECRET; ls -d /proc/[0-9]* | wc -l'),
  ).toMatch(/^0\n[1-9]$/);
  delete process.env.SANDBOX_TEST_SECRET;
});

test('a program does not have the pipe by which the sandbox is told of', async () => {
  expect(await inside('test -e /proc/$$/fd/1 && ! test -e /proc/$$/fd/3 && echo closed')).toBe('closed');
});

test('without network not even loopback answers', async () => {
  const connect = "require('net').connect(1, '127.0.0.1').on('error', (e) => console.log(e.code))";
  const script = `'${process.execPath}' -e "${connect}; console.log(Object.keys(require('os').networkInterfaces()).length)"`;
  expect(await inside(script, { network: true })).toContain('ECONNREFUSED');
  expect(await inside('cat /proc/net/route | wc -l', { network: false })).toBe('1');
});

test('a file can be hidden as well as a directory, and what does not exist is no error', async () => {
  const secret = join(root, 'data/secret');
  expect(await inside(`cat ${secret}; echo end`, { hidden: [secret, '/no/such/place'], readable: ['/nor/this'] })).toBe(
    'end',
  );
});
