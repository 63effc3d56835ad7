import type { Command } from 'commander';

/** What a person may want to type, by command; those of agenticore are called without its name. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  serve: [
    'agenticore serve',
    'agenticore serve --port 9000',
    'TEMPORAL_ADDRESS=temporal.example.org:7233 agenticore serve --no-worker',
  ],
  worker: [
    'TEMPORAL_ADDRESS=temporal.example.org:7233 agenticore worker',
    'TEMPORAL_ADDRESS=temporal.example.org:7233 agenticore worker --only host',
  ],
  run: [
    'agenticore run "fix the failing test" --repo https://github.com/org/repo',
    'agenticore run "look for mistakes" --repo git@github.com:org/repo.git --base-ref develop --profile review',
    'agenticore run - --repo . < task.md',
    'agenticore run -- "-v prints nothing: fix it"',
  ],
  submit: [
    'agenticore submit "add tests" --repo https://github.com/org/repo',
    'agenticore submit "add tests" --repo https://github.com/org/repo --idempotency-key nightly-1 --wait --json',
  ],
  jobs: [
    'agenticore jobs',
    'agenticore jobs --status running --limit 50',
    'agenticore jobs --repo https://github.com/org/repo --since 2026-01-31',
    'agenticore jobs --json',
  ],
  job: ['agenticore job 1a2b3c4d', 'agenticore job 1a2b3c4d --json'],
  usage: ['agenticore usage --group profile', 'agenticore usage --since 2026-01-01 --json'],
  stats: ['agenticore stats', 'agenticore stats --since 2026-01-31 --json'],
  top: ['agenticore top', 'agenticore top --json'],
  logs: ['agenticore logs 1a2b3c4d', 'agenticore logs 1a2b3c4d --follow'],
  audit: ['agenticore audit 1a2b3c4d', 'agenticore audit ask --last 20', 'agenticore audit 1a2b3c4d --json'],
  cancel: ['agenticore cancel 1a2b3c4d'],
  retry: ['agenticore retry 1a2b3c4d', 'agenticore retry 1a2b3c4d --from start'],
  plan: [
    'agenticore plan "split the parser into two modules" --repo https://github.com/org/repo',
    'agenticore plan "split the parser into two modules" --repo https://github.com/org/repo --wait > plan.md',
  ],
  plans: ['agenticore plans', 'agenticore plans 1a2b3c4d', 'agenticore plans --status ready --json'],
  'execute-plan': ['agenticore execute-plan 1a2b3c4d', 'agenticore execute-plan 1a2b3c4d --profile code --wait'],
  session: [
    'agenticore session create --repo https://github.com/org/repo',
    'agenticore session send 1a2b3c4d "look at the failing test" --wait',
  ],
  'session create': [
    'agenticore session create',
    'agenticore session create --repo https://github.com/org/repo --approvals ask --max-budget-usd 5',
  ],
  'session send': [
    'agenticore session send 1a2b3c4d "look at the failing test"',
    'agenticore session send 1a2b3c4d "stop that, and look at the parser" --mode steer --wait',
  ],
  'session fork': ['agenticore session fork 1a2b3c4d', 'agenticore session fork 1a2b3c4d --at-event 120'],
  'session deliver': [
    'agenticore session deliver 1a2b3c4d --wait',
    'agenticore session deliver 1a2b3c4d --title "split the parser"',
  ],
  'session list': ['agenticore session list', 'agenticore session list --status waiting_approval --json'],
  'session show': ['agenticore session show 1a2b3c4d'],
  'session events': ['agenticore session events 1a2b3c4d', 'agenticore session events 1a2b3c4d --follow'],
  'session runs': ['agenticore session runs 1a2b3c4d'],
  'session run': ['agenticore session run 1a2b3c4d', 'agenticore session run 1a2b3c4d.2 --json'],
  'session wait': ['agenticore session wait 1a2b3c4d', 'agenticore session wait 1a2b3c4d.2 --timeout-s 60'],
  'session cancel': ['agenticore session cancel 1a2b3c4d'],
  'session diagnose': ['agenticore session diagnose 1a2b3c4d'],
  'session approvals': ['agenticore session approvals', 'agenticore session approvals 1a2b3c4d --status denied'],
  'session approve': ['agenticore session approve apr_1a2b', 'agenticore session approve apr_1a2b --remember'],
  'session deny': ['agenticore session deny apr_1a2b --reason "only in tmp/"'],
  'session spawn': ['agenticore session spawn 1a2b3c4d "write the tests" --title tests'],
  'session reply-parent': [
    'agenticore session reply-parent 5e6f7a8b "May I delete tmp/?" --request-kind approval_request',
  ],
  'session close': ['agenticore session close 1a2b3c4d', 'agenticore session close 1a2b3c4d --cancel'],
  attach: ['agenticore attach 1a2b3c4d', 'agenticore attach $(agenticore session create)'],
  worktrees: ['agenticore worktrees', 'agenticore worktrees --json'],
  'worktrees prepare': [
    'agenticore worktrees prepare --repo https://github.com/org/repo',
    'agenticore worktrees prepare --repo https://github.com/org/repo --base-ref develop --json',
  ],
  'worktrees show': ['agenticore worktrees show 1a2b3c4d'],
  'worktrees cleanup': [
    'agenticore worktrees cleanup 1a2b3c4d',
    'agenticore worktrees cleanup --max-age-hours 48',
    'agenticore worktrees cleanup 1a2b3c4d --force',
  ],
  profiles: ['agenticore profiles', 'agenticore profiles show code', 'agenticore profiles check'],
  'profiles show': ['agenticore profiles show code', 'agenticore profiles show review --json'],
  'profiles check': ['agenticore profiles check'],
  mcp: ['agenticore mcp', 'agenticore mcp --url http://build.example.org:8200'],
  status: ['agenticore status', 'agenticore status --url http://build.example.org:8200'],
  doctor: ['agenticore doctor', 'agenticore doctor --json'],
  gc: ['agenticore gc --dry-run', 'agenticore gc'],
  config: ['agenticore config', 'AGENTICORE_PORT=9000 agenticore config --json'],
  completion: [
    'source <(agenticore completion bash)',
    'source <(agenticore completion zsh)',
    'agenticore completion fish > ~/.config/fish/completions/agenticore.fish',
  ],
  temporal: ['agenticore temporal workflow list', 'agenticore temporal workflow cancel --workflow-id 1a2b3c4d-...'],
  agents: ['agenticore agents list', 'agenticore agents check'],
  'agents list': ['AGENTIHUB_DIR=~/hub agenticore agents list', 'agenticore agents list --json'],
  'agents check': ['AGENT_MODE_PACKAGE_DIR=./my-agent agenticore agents check'],
  'agents chat': [
    'agenticore agents chat repo-guide',
    'agenticore agents chat repo-guide --message "Where are the tests?"',
    'git diff | agenticore agents chat repo-guide --message -',
  ],
  hooks: ['agenticore hooks sync'],
  'hooks sync': [
    'agenticore hooks sync',
    'agenticore hooks sync --target agentihub',
    'agenticore hooks sync --target agentihooks --url https://github.com/org/hooks',
  ],
  version: ['agenticore version'],
  agentd: [
    'agentd',
    'AGENTD_AUTH_TOKEN=dev-token agentd',
    'agentd --auth-token token-a --auth-token token-b --max-concurrency 8',
  ],
  'agentctl session create': [
    'agentctl session create',
    'agentctl --field session.id session create --repo-url https://github.com/org/repo --approvals ask',
  ],
  'agentctl session list': ['agentctl --format json session list', 'agentctl session list --status idle'],
  'agentctl session get': ['agentctl session get --session-id SESSION_ID'],
  'agentctl session fork': ['agentctl --field session.id session fork --session-id SESSION_ID --at-event 120'],
  'agentctl session close': ['agentctl session close --session-id SESSION_ID --cancel'],
  'agentctl message send': [
    'agentctl message send --session-id SESSION_ID --text "Respond with exactly: hi"',
    'agentctl --field run.id message send --session-id SESSION_ID --text "hi" --idempotency-key REQUEST_KEY',
  ],
  'agentctl run get': ['agentctl --field run.status run get --run-id RUN_ID'],
  'agentctl run list': ['agentctl run list --session-id SESSION_ID'],
  'agentctl run wait': ['agentctl run wait --run-id RUN_ID', 'agentctl run wait --run-id RUN_ID --timeout-s 60'],
  'agentctl run cancel': ['agentctl run cancel --run-id RUN_ID'],
  'agentctl run transition': ['agentctl run transition --run-id RUN_ID --to-status canceled'],
  'agentctl run diagnose': ['agentctl --field diagnostics.likely_issue run diagnose --run-id RUN_ID'],
  'agentctl events list': ['agentctl events list --session-id SESSION_ID'],
  'agentctl events tail': [
    'agentctl events tail --session-id SESSION_ID --follow',
    'agentctl --field event_type events tail --session-id SESSION_ID --follow',
  ],
  'agentctl tool session-spawn': ['agentctl tool session-spawn --parent-run-id RUN_ID --task "Look for mistakes"'],
  'agentctl tool session-send': ['agentctl tool session-send --session-id SESSION_ID --text "Approved."'],
  'agentctl tool session-reply-parent': [
    'agentctl tool session-reply-parent --run-id RUN_ID --request-kind approval_request --text "May I delete tmp?"',
  ],
  'agentctl tool session-wait': ['agentctl tool session-wait --run-id RUN_ID'],
  'agentctl approval list': ['agentctl approval list --status pending'],
  'agentctl approval allow': ['agentctl approval allow --approval-id APPROVAL_ID --remember'],
  'agentctl approval deny': ['agentctl approval deny --approval-id APPROVAL_ID --reason "Not in this folder."'],
  'agentctl daemon status': ['agentctl daemon status', 'agentctl --field queue_counts.queued_count daemon status'],
};

/** Examples of the command at `path`, which begins with the name of the program; each is a line of a shell. */
export const examplesOf = (path: readonly string[]): readonly string[] =>
  EXAMPLES[(path[0] === 'agenticore' ? path.slice(1) : path).join(' ')] ?? [];

/** Adds its examples to the help of `command` and of all commands below it. */
export function addExamples(command: Command, path: readonly string[] = [command.name()]): void {
  const examples = examplesOf(path);
  if (examples.length > 0)
    command.addHelpText('after', ['', 'Examples:', ...examples.map((line) => `  ${line}`)].join('\n'));
  for (const below of command.commands) addExamples(below, [...path, below.name()]);
}
