/** A second process that updates mirrors: told by a message how often at once, it answers how many succeeded. */
import type { RepoUrl } from '../../contract/http/repo-url.ts';
import { bringMirrorUpToDate } from '../../git/mirror.ts';

interface Order {
  remotes: { reposRoot: string };
  repo: RepoUrl;
  times: number;
}

process.on('message', (order: Order) => {
  const remotes = { ...order.remotes, credentialsFor: () => Promise.resolve(undefined) };
  void Promise.allSettled(Array.from({ length: order.times }, () => bringMirrorUpToDate(remotes, order.repo))).then(
    (results) => {
      process.send?.({ done: results.filter((result) => result.status === 'fulfilled').length });
    },
  );
});
