import { stringify } from 'yaml';
import type { AgentName } from '../contract/shared/agents.ts';
import { defined } from '../contract/shared/defined.ts';
import { Failure } from '../contract/shared/failures.ts';
import { describeProblem } from '../contract/shared/file-problem.ts';
import type { CommitTerms } from '../contract/workflow/commit-terms.ts';
import type { PullRequestOptions } from '../contract/workflow/delivery.ts';
import { BRANCH_PREFIX } from '../contract/workflow/names.ts';
import { combineSections } from '../runners/sections.ts';
import { combineCommands, commandsMissing } from './commands.ts';
import type { ProfileProblem, Profiles, ResolvedProfile } from './profile.ts';
import { PERSON, type ProfileFile } from './schema.ts';

/** One profile as it stands in its file. */
export interface ProfileSource {
  name: string;
  file: string;
  /** Where its other files are; null for a single .yml. */
  folder: string | null;
  content: ProfileFile;
  extends_line: number | null;
}

/** The profile `name`; throws `profile_not_found`, or `invalid_profile` with what is wrong with it. */
export function resolveProfile({ profiles, problems }: Profiles, name: string): ResolvedProfile {
  const found = profiles.find((profile) => profile.name === name);
  if (found) return found;
  const own = problems.filter(({ profile }) => profile === name);
  if (own.length > 0) throw new Failure('invalid_profile', own.map(describeProblem).join('; '));
  const names = profiles.map((profile) => profile.name).join(', ');
  throw new Failure('profile_not_found', `There is no profile "${name}". There are: ${names || 'none'}.`);
}

/** What the profile says with all that it inherits, as YAML. */
export const mergedText = ({ files, folders, ...profile }: ResolvedProfile): string => stringify(profile).trimEnd();

/** Every source with what it takes from its parents, by name, and those that cannot be put together. */
export function resolveAll(sources: ReadonlyMap<string, ProfileSource>, defaultAgent: AgentName): Profiles {
  const profiles: ResolvedProfile[] = [];
  const problems: ProfileProblem[] = [];
  for (const source of [...sources.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { name: profile, file, extends_line } = source;
    const lineage = lineageOf(source, sources);
    if (typeof lineage === 'string') {
      problems.push({ profile, file, line: extends_line, field: 'extends', message: lineage });
      continue;
    }
    const missing = commandsMissing(lineage.map(({ content }) => content));
    if (missing !== undefined)
      problems.push({ profile, file, line: null, field: `${missing}.run`, message: 'must list the commands to run' });
    else profiles.push(combine(profile, lineage, defaultAgent));
  }
  return { profiles, problems };
}

/** The profile after all its parents, the furthest first; or why there is no such line. */
function lineageOf(source: ProfileSource, sources: ReadonlyMap<string, ProfileSource>): ProfileSource[] | string {
  const lineage = [source];
  for (let name = source.content.extends; name !== undefined; name = lineage[0]?.content.extends) {
    const parent = sources.get(name);
    if (!parent) return `names "${name}", which is not a usable profile`;
    if (lineage.includes(parent)) {
      return `goes in a circle: ${[...lineage.map((one) => one.name).reverse(), name].join(' → ')}`;
    }
    lineage.unshift(parent);
  }
  return lineage;
}

/** Seconds for which a push or a pull request is tried again: past the hourly reset of a forge's limit. */
const DELIVERY_TIMEOUT_S = 7_200;

/** What a later one says replaces what an earlier one said; lists of rules and of variables add up. */
function combine(name: string, lineage: ProfileSource[], defaultAgent: AgentName): ResolvedProfile {
  const contents = lineage.map(({ content }) => content);
  const last = <K extends keyof ProfileFile>(key: K): ProfileFile[K] | undefined =>
    contents.findLast((content) => content[key] !== undefined)?.[key];
  const all = (listOf: (content: ProfileFile) => string[] | undefined): string[] => [
    ...new Set(contents.flatMap((content) => listOf(content) ?? [])),
  ];
  const agent = last('agent') ?? defaultAgent;
  const { sections, timeout_s } = combineSections(contents, agent);
  return {
    name,
    description: contents.at(-1)?.description ?? '',
    agent,
    ...sections,
    timeout_s,
    stall_timeout_s: last('stall_timeout') ?? null,
    deliver: contents.map(deliverOf).findLast((deliver) => deliver !== undefined) ?? 'pr',
    pull_request: pullRequestOf(contents),
    branch_prefix: last('branch_prefix') ?? BRANCH_PREFIX,
    commits: commitsOf({
      author: last('author'),
      commit_message: last('commit_message'),
      commit_signing: last('commit_signing'),
    }),
    delivery_timeout_s: last('delivery_timeout') ?? DELIVERY_TIMEOUT_S,
    append_prompt: last('append_prompt') ?? null,
    lfs: last('lfs') ?? 'auto',
    submodules: last('submodules') ?? 'auto',
    ...combineCommands(contents),
    permissions: {
      allow: all((content) => content.settings?.permissions?.allow),
      deny: all((content) => content.settings?.permissions?.deny),
    },
    approvals: {
      allow: all((content) => content.approvals?.allow),
      ask: all((content) => content.approvals?.ask),
      deny: all((content) => content.approvals?.deny),
      timeout_s: contents.findLast(({ approvals }) => approvals?.timeout !== undefined)?.approvals?.timeout ?? null,
    },
    sandbox: last('sandbox') ?? 'auto',
    trust_repo: last('trust_repo') ?? false,
    env: all((content) => content.env),
    files: lineage.map(({ file }) => file),
    folders: lineage.flatMap(({ folder }) => folder ?? []),
  };
}

type CommitFields = Pick<ProfileFile, 'author' | 'commit_message' | 'commit_signing'>;

function commitsOf({ author = '', commit_message, commit_signing = 'off' }: CommitFields): CommitTerms {
  const [, name = '', email = ''] = PERSON.exec(author) ?? [];
  return {
    ...(author !== '' && { author: { name: name.trim(), email } }),
    ...(commit_message !== undefined && { message: commit_message }),
    ...(commit_signing !== 'off' && { signing: commit_signing }),
  };
}

/** Each setting by itself; labels and reviewers add up. */
function pullRequestOf(contents: ProfileFile[]): PullRequestOptions {
  const said = contents.flatMap(({ pull_request }) => pull_request ?? []);
  const base = said.findLast((one) => one.base !== undefined)?.base;
  const template = said.findLast((one) => one.template !== undefined)?.template;
  return {
    ...defined({ base, template }),
    draft: said.findLast((one) => one.draft !== undefined)?.draft ?? false,
    labels: [...new Set(said.flatMap(({ labels = [] }) => labels))],
    reviewers: [...new Set(said.flatMap(({ reviewers = [] }) => reviewers))],
  };
}

const deliverOf = ({ deliver, auto_pr }: ProfileFile): ResolvedProfile['deliver'] | undefined =>
  deliver ?? (auto_pr === undefined ? undefined : auto_pr ? 'pr' : 'push');
