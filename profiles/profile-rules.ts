import type { Route } from '../contract/http/profile-rule.ts';

/** What a job is known by before it starts. */
interface Asked {
  /** The profile that the request names. */
  profile?: string | undefined;
  /** In its canonical spelling. */
  repo_url?: string | undefined;
  task: string;
}

/** The profile that a job gets, and why: `explicit`, `rule 2: repo github.com/acme/*` or `default`. */
export interface Chosen {
  profile: string;
  profile_reason: string;
}

/** The profile that the request names, else that of the first rule that fits, else the default. */
export function chooseProfile(asked: Asked, routes: readonly Route[], defaultProfile: string): Chosen {
  if (asked.profile !== undefined) return { profile: asked.profile, profile_reason: 'explicit' };
  for (const [index, route] of routes.entries()) {
    const why = fits(route, asked);
    if (why !== undefined) return { profile: route.profile, profile_reason: `rule ${index + 1}: ${why}` };
  }
  return { profile: defaultProfile, profile_reason: 'default' };
}

/** What of a rule fits; undefined where one of its conditions does not. */
function fits({ repo, words }: Route, { repo_url, task }: Asked): string | undefined {
  if (repo !== undefined && (repo_url === undefined || !globOf(repo).test(nameOf(repo_url)))) return undefined;
  const word = words?.find((each) => wordIn(each).test(task));
  if (words !== undefined && word === undefined) return undefined;
  return [repo === undefined ? [] : `repo ${repo}`, word === undefined ? [] : `word "${word}"`].flat().join(', ');
}

/** `https://github.com/acme/app.git` and `git@github.com:acme/app` are both `github.com/acme/app`. */
function nameOf(url: string): string {
  const name = /^[a-z]+:\/\/(?:[^/@]*@)?(.*)$/i.exec(url)?.[1] ?? url.replace(/^[^/@:]*@([^/:]+):\/?/, '$1/');
  return name.replace(/\.git$/, '');
}

/** Case counts for nothing, as with the hosts that repositories lie on. */
function globOf(pattern: string): RegExp {
  const parts = pattern.replace(/\.git$/, '').split(/(\*+)/);
  const source = parts.map((part, index) => (index % 2 === 0 ? escaped(part) : part === '*' ? '[^/]*' : '.*'));
  return new RegExp(`^${source.join('')}$`, 'i');
}

const wordIn = (word: string): RegExp =>
  new RegExp(`(?<![\\p{L}\\p{N}_])${escaped(word).replaceAll(/\s+/g, '\\s+')}(?![\\p{L}\\p{N}_])`, 'iu');

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
