import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import type { Call, Reply, Route } from './stand-in.ts';

const sha = z.string().regex(/^[0-9a-f]{40}$/);
const blob = z.strictObject({ content: z.string(), encoding: z.literal('base64') });
const entry = z
  .strictObject({
    path: z.string(),
    mode: z.enum(['100644', '100755', '120000', '160000']),
    type: z.enum(['blob', 'commit']),
    sha: sha.nullable().optional(),
    content: z.string().optional(),
  })
  .refine((it) => (it.sha === undefined) !== (it.content === undefined));
const tree = z.strictObject({ tree: z.array(entry).min(1), base_tree: sha.optional() });
// With an author or a committer GitHub would not sign.
const commit = z.strictObject({ message: z.string(), tree: sha, parents: z.array(sha) });

const BOT = { name: 'acme-app[bot]', email: '1+acme-app[bot]@users.noreply.github.com' };

/** Blobs, trees and signed commits that are made in the repositories below `root`, of which git gives out all. */
export function objectRoutes(root: string): Route[] {
  const path = (kind: string): RegExp => new RegExp(`^/repos/([^/]+)/([^/]+)/git/${kind}$`);
  const git = ({ parts: [owner = '', name = ''] }: Call, args: string[], input: string | Buffer = ''): string => {
    const people = { GIT_AUTHOR_NAME: BOT.name, GIT_AUTHOR_EMAIL: BOT.email };
    const committer = { GIT_COMMITTER_NAME: 'GitHub', GIT_COMMITTER_EMAIL: 'noreply@github.com' };
    const dir = join(root, owner, `${name}.git`);
    const index = { GIT_WORK_TREE: dir, GIT_INDEX_FILE: join(dir, 'forge-index') };
    const env = { ...process.env, ...people, ...committer, ...index };
    return execFileSync('git', ['--git-dir', dir, ...args], { env, input, encoding: 'utf8' }).trim();
  };
  const made = (id: string, more: object = {}): Reply => ({ status: 201, body: { sha: id, ...more } });
  const makeTree = (call: Call, wish: z.infer<typeof tree>): Reply => {
    git(call, ['read-tree', ...(wish.base_tree === undefined ? ['--empty'] : [wish.base_tree])]);
    for (const { path, mode, ...it } of wish.tree) {
      const id = it.content === undefined ? it.sha : git(call, ['hash-object', '-w', '--stdin'], it.content);
      const how =
        id === null ? ['--force-remove', '--', path] : ['--add', '--cacheinfo', `${mode},${id ?? ''},${path}`];
      git(call, ['update-index', ...how]);
    }
    return made(git(call, ['write-tree']));
  };
  const makeCommit = (call: Call, wish: z.infer<typeof commit>): Reply => {
    const parents = wish.parents.flatMap((parent) => ['-p', parent]);
    const plain = git(call, ['commit-tree', wish.tree, ...parents, '-F', '-'], wish.message);
    const text = git(call, ['cat-file', 'commit', plain]);
    const signed = text.replace(
      '\n\n',
      '\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n by the forge\n -----END PGP SIGNATURE-----\n\n',
    );
    git(call, ['config', 'uploadpack.allowAnySHA1InWant', 'true']);
    const id = git(call, ['hash-object', '-w', '-t', 'commit', '--stdin'], `${signed}\n`);
    return made(id, { verification: { verified: true, reason: 'valid' } });
  };
  return [
    {
      ...{ method: 'POST', path: path('blobs'), body: blob },
      answer: (call, { content }: z.infer<typeof blob>) =>
        made(git(call, ['hash-object', '-w', '--stdin'], Buffer.from(content, 'base64'))),
    },
    { method: 'POST', path: path('trees'), body: tree, answer: makeTree },
    { method: 'POST', path: path('commits'), body: commit, answer: makeCommit },
  ];
}
