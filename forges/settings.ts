import type { Forges } from '../contract/http/forge-kind.ts';

export interface GitHubApp {
  appId: string;
  /** Asked of GitHub for each repository where none is given. */
  installationId: string | undefined;
  /** PEM. */
  privateKey: string;
}

/** How this host reaches its forges. */
export interface ForgeSettings {
  githubToken?: string | undefined;
  /** https://api.github.com, or https://ghe.example/api/v3. */
  githubApiUrl: string;
  /** Beats `githubToken`. */
  githubApp?: GitHubApp | undefined;
  gitlabToken?: string | undefined;
  giteaToken?: string | undefined;
  /** `host` or `host:port` → what speaks there; beats what the host's name says. */
  kinds: Readonly<Forges>;
}
