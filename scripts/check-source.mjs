// Two rules about the source that no linter has: an exported name means one thing, or the same of each agent, and only
// the agent's folder knows it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Names that two files may export, with the reason. */
const SHARED_NAMES = {
  commitWork: 'an activity, and the step of the workflow that calls it',
  openPullRequest: 'an activity, and the step of the workflow that calls it',
  run: 'the workflow type of a run, which bears its name, and what runs a program',
};

/** Folders that must not know which agent runs, and the files in them that may name one, with the reason. */
const AGENT_FREE = ['activities', 'contract', 'profiles', 'workers', 'workflows'];
const MAY_NAME_AGENTS = {
  'contract/shared/agents.ts': "the agent's name in a profile or a request, which is the profile's key, too",
  'contract/http/run.ts': 'a field of agent-orchestrator, `codex_invocation`',
  'contract/shared/failures.ts': 'next steps tell how to install the agents and how to log in',
  'profiles/code/profile.yml': "a profile's keys `claude:` and `codex:`",
  'profiles/review/profile.yml': "a profile's keys `claude:` and `codex:`",
};

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && !/^(tests|scripts|docs|dist)\//.test(file));
const problems = [...doubleNames(), ...unknownAgents()];
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;

function doubleNames() {
  const exporters = new Map();
  for (const file of files.filter((name) => name.endsWith('.ts')))
    for (const [, name] of read(file).matchAll(
      /^export (?:async |abstract )?(?:const|function\*?|class|interface|type|enum) ([\w$]+)/gm,
    ))
      exporters.set(name, new Set(exporters.get(name)).add(file));
  const doubles = [...exporters].filter(([, where]) => where.size > 1 && !isOfEachAgent([...where]));
  const stale = Object.keys(SHARED_NAMES).filter((name) => (exporters.get(name)?.size ?? 0) < 2);
  return [
    ...doubles
      .filter(([name]) => !Object.hasOwn(SHARED_NAMES, name))
      .map(
        ([name, where]) => `${name} is exported by ${[...where].join(' and ')}: rename one, or give the reason here.`,
      ),
    ...stale.map((name) => `${name} is no double any more: take it out of SHARED_NAMES.`),
  ];
}

/** Each agent's folder has its own of what every agent must have. */
function isOfEachAgent(where) {
  const folders = where.map((file) => /^runners\/[^/]+\//.exec(file)?.[0]);
  return !folders.includes(undefined) && new Set(folders).size === where.length;
}

function unknownAgents() {
  const naming = files.filter((file) => AGENT_FREE.includes(file.split('/')[0]) && /claude|codex/i.test(read(file)));
  return [
    ...naming
      .filter((file) => !Object.hasOwn(MAY_NAME_AGENTS, file))
      .map((file) => `${file} names an agent: move that to its folder in runners/, or give the reason here.`),
    ...Object.keys(MAY_NAME_AGENTS)
      .filter((file) => !naming.includes(file))
      .map((file) => `${file} does not name an agent (any more): take it off the list.`),
  ];
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Deleted, but not committed yet.
    return '';
  }
}
