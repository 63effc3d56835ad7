import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findResumable, sessionId } from '../../../activities/session.ts';
import { sessions } from '../../../runners/claude/sessions.ts';

const JOB = '6027f97e-ed57-4254-90bd-c27115ebb35b';
let config: string;
let project: string;
beforeEach(async () => {
  config = await mkdtemp(join(tmpdir(), 'config-'));
  project = join(config, 'projects', '-work');
  await mkdir(project, { recursive: true });
});
afterEach(() => rm(config, { recursive: true }));

const transcript = (attempt: number): string => join(project, `${sessionId(JOB, attempt)}.jsonl`);

test('the newest session that has a transcript here is the one to resume', async () => {
  expect(await findResumable(sessions, config, JOB, 3)).toBeUndefined();
  await writeFile(transcript(1), '');
  await writeFile(transcript(2), '');
  expect(await findResumable(sessions, config, JOB, 3)).toBe(sessionId(JOB, 2));
  expect(await findResumable(sessions, config, JOB, 1)).toBe(sessionId(JOB, 1));
});

test('a transcript that is a link, or lies behind one, is none: the agent could have made it', async () => {
  const secret = join(config, 'secret');
  await writeFile(secret, 'private');
  await symlink(secret, transcript(1));
  expect(await sessions.find(config, sessionId(JOB, 1))).toBeUndefined();
  await mkdir(join(config, 'elsewhere'));
  await writeFile(join(config, 'elsewhere', `${sessionId(JOB, 2)}.jsonl`), '');
  await symlink(join(config, 'elsewhere'), join(config, 'projects', 'link'));
  expect(await sessions.find(config, sessionId(JOB, 2))).toBeUndefined();
});

test('a discarded session is not found again', async () => {
  await writeFile(transcript(1), '');
  await sessions.discard(config, sessionId(JOB, 1));
  expect(await findResumable(sessions, config, JOB, 1)).toBeUndefined();
});
