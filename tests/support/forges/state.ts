/** What a forge remembers, the same for all kinds; tests set it up and read it. */
export interface Repo {
  id: number;
  /** `owner/name`. */
  path: string;
  private: boolean;
  archived: boolean;
  /** Whether the credentials may push. */
  mayPush: boolean;
  /** Whether the forge tells the rights of the credentials: GitHub does not tell those of an installation. */
  tellsRights: boolean;
  forkOf: string | undefined;
  /** How often a new fork is looked at before it has its commits. */
  looksUntilReady: number;
  /** Name → commit. */
  branches: Map<string, string>;
}

export interface Pull {
  number: number;
  repo: string;
  headRepo: string;
  branch: string;
  base: string;
  title: string;
  body: string;
  draft: boolean;
  labels: string[];
  reviewers: string[];
  state: 'open' | 'closed' | 'merged';
  sha: string;
}

export class ForgeState {
  /** Whose the token is. */
  me = 'robot';
  users = new Set(['robot', 'ada', 'grace']);
  groups = new Set(['acme']);
  labels = new Set(['bot', 'fleet']);
  supportsDrafts = true;
  repos: Repo[] = [];
  pulls: Pull[] = [];

  constructor() {
    this.add('acme/app', { branches: new Map([['main', 'sha-main']]) });
  }

  add(path: string, given: Partial<Repo> = {}): Repo {
    const usual = {
      private: false,
      archived: false,
      mayPush: true,
      tellsRights: true,
      forkOf: undefined,
      looksUntilReady: 0,
    };
    const branches = new Map([['main', 'sha-readme']]);
    const repo: Repo = { id: this.repos.length + 100, path, ...usual, branches, ...given };
    this.repos.push(repo);
    return repo;
  }

  repo(path: string): Repo | undefined {
    return this.repos.find((repo) => repo.path === path);
  }

  /** The fork of `me`: the existing one, or a new one that is ready after two looks. */
  fork(path: string): Repo {
    const branches = new Map(this.repo(path)?.branches);
    return (
      this.forkOf(path) ??
      this.add(`${this.me}/${path.split('/').at(-1)}`, { forkOf: path, branches, looksUntilReady: 2 })
    );
  }

  forkOf(path: string): Repo | undefined {
    return this.repos.find((repo) => repo.forkOf === path && repo.path.startsWith(`${this.me}/`));
  }

  pull(pull: Omit<Pull, 'number' | 'state' | 'sha'> & Partial<Pull>): Pull {
    const sha = this.repo(pull.headRepo)?.branches.get(pull.branch) ?? 'sha-gone';
    const made: Pull = { number: this.pulls.length + 1, state: 'open', sha, ...pull };
    this.pulls.push(made);
    return made;
  }

  openPull(repo: string, headRepo: string, branch: string, base: string): Pull | undefined {
    return this.pulls.find(
      (it) =>
        it.state === 'open' && it.repo === repo && it.headRepo === headRepo && it.branch === branch && it.base === base,
    );
  }
}
