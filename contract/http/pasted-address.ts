/** Addresses of repositories as people copy them from a browser or a command. No zod, no I/O. */
import { REF_AND_PATH } from './git-ref.ts';

/** What was copied, as the address of a repository. */
interface Pasted {
  address: string;
  /** The ref whose page it was; see `REF_AND_PATH`. */
  ref?: string;
}

/** Sites on which a repository is always `/owner/name`, and all behind it is a page. */
const TWO_PARTS = /^(github\.com|[\w-]+\.ghe\.com|bitbucket\.org|codeberg\.org|gitea\.com)$/i;
const SITES = /^(www\.)?(github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|gitea\.com)\//i;

const WEB = /^(https?:\/\/)([^/?#@\s]+)\/([^?#\s]*)(?:[?#]\S*)?$/i;

const DOTS = /(^|\/)(\.|%2e){1,2}(\/|$)/i;

/** What comes first behind a repository: pages that show a ref, with what is behind it. */
const SHOWS = /^(?:tree|blob|raw|blame|edit|commits?|src\/(?:branch|tag|commit)|src|branch)\/(.+)$/;
const PULL_REQUEST = /^(?:pulls?|merge_requests|pull-requests)\/\d+/;
const ELSEWHERE = /^(.*?)\/((?:tree|blob|raw|blame|src\/(?:branch|tag|commit)|issues|pulls?|merge_requests)(?:\/.*)?)$/;

/** A page, taken apart; `problem` says why it is not taken for its repository. */
interface Page {
  repository: string;
  ref?: string | undefined;
  problem?: string | undefined;
}

/**
 * What was meant, where that is certain. Else `refuse` gets a sentence that names the right address. Everything that is
 * no page of a known kind is given back as it is.
 */
export function readPasted(text: string, refuse: (sentence: string) => never): Pasted {
  const bare = text
    .trim()
    .replace(/^git clone\s+/, '')
    .replace(/^(["'`<])(.*)(["'`>])$/, '$2')
    .replace(/^git\+(?=https?:|ssh:)/, '');
  const whole = SITES.test(bare) ? `https://${bare}` : bare;
  const [, scheme = '', authority = '', path = ''] = WEB.exec(whole) ?? [];
  if (scheme === '') return misspelt(whole, refuse);
  if (DOTS.test(path)) return { address: whole };
  const host = SITES.test(`${authority}/`) ? authority.replace(/^www\./i, '') : authority;
  const page = pageOf(host, path.replace(/\/{2,}/g, '/').replace(/^\/|\/$/g, ''));
  if (page === undefined) return { address: host === authority ? whole : `${scheme}${host}/${path}` };
  const address = `${scheme}${host}/${page.repository}`;
  if (page.problem !== undefined) return refuse(`repo_url is ${page.problem}; the repository is ${address}`);
  return page.ref === undefined ? { address } : { address, ref: page.ref };
}

/** Undefined where nothing speaks for a page. */
function pageOf(host: string, path: string): Page | undefined {
  const gitlab = /^(.+?)\/-(?:\/(.*))?$/.exec(path);
  if (gitlab !== null) return { repository: gitlab[1] ?? '', ...shownOn(gitlab[2] ?? '') };
  if (!TWO_PARTS.test(host)) {
    const [, repository = '', page = ''] = ELSEWHERE.exec(path) ?? [];
    // A group of a GitLab may be called so, too: .git tells.
    return repository.includes('/') && !page.endsWith('.git')
      ? { repository, problem: `a page of a web site (/${page})` }
      : undefined;
  }
  const [owner = '', name = '', ...rest] = path.split('/');
  if (name === '') return { repository: `${owner || 'org'}/repo`, problem: 'no repository' };
  return { repository: `${owner}/${name}`, ...shownOn(rest.join('/')) };
}

/** What a page shows, given what is behind its repository. */
function shownOn(page: string): Omit<Page, 'repository'> {
  if (PULL_REQUEST.test(page))
    return { problem: 'the page of a pull request; name its branch as base_ref, or leave base_ref out' };
  const shown = SHOWS.exec(page)?.[1];
  if (shown === undefined) return {};
  const ref = decoded(shown);
  return { ref: ref.includes('/') ? REF_AND_PATH + ref : ref };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** An address that has a usual mistake is refused with the right one. */
function misspelt(text: string, refuse: (sentence: string) => never): Pasted {
  const [, host, path = ''] = /^(?:ssh:\/\/)?git@([\w.-]+)[:/](?!\d+\/)([^:]+)$/i.exec(text) ?? [];
  if (host !== undefined && /^ssh:\/\/[^/]+:/i.test(text))
    return refuse(`repo_url must have either ssh:// or a colon behind the host: git@${host}:${path}`);
  if (/^git@[\w.-]+\//.test(text))
    return refuse(`repo_url must have a colon behind the host: git@${host ?? ''}:${path}`);
  if (/^[\w-]+(\.[\w-]+)+(:\d+)?\/[\w.~-]+\/\S+$/.test(text))
    return refuse(`repo_url must begin with https:// or ssh://, such as https://${text}`);
  if (/^[\w-]+\/[\w.-]+$/.test(text))
    return refuse(`repo_url must name the host, too, such as https://github.com/${text}`);
  return { address: text };
}
