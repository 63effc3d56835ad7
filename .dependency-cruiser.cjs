// Who may import whom. A folder's row lists what it may import of ours; type-only imports are free where it says so.
const product = [
  'contract',
  'workflows',
  'activities',
  'runners',
  'processes',
  'git',
  'forges',
  'events',
  'profiles',
  'telemetry',
  'workers',
  'api',
  'cli',
  'temporal-config',
  'settings',
  'tests',
  'scripts',
];
const mayImport = {
  contract: [],
  settings: ['contract'],
  workflows: ['contract'],
  processes: ['contract'],
  forges: ['contract'],
  events: ['contract'],
  telemetry: ['contract'],
  profiles: ['contract'],
  runners: ['contract', 'processes'],
  git: ['contract', 'processes'],
  activities: ['contract', 'processes', 'runners', 'git', 'forges', 'profiles', 'events', 'telemetry'],
  'temporal-config': ['contract', 'config.ts'],
  api: ['contract', 'events', 'profiles', 'telemetry', 'config.ts', 'temporal-config'],
  workers: [
    'contract',
    'workflows',
    'activities',
    'runners',
    'processes',
    'git',
    'forges',
    'events',
    'profiles',
    'telemetry',
    'config.ts',
    'temporal-config',
  ],
};
const cliStarters = '^cli/commands/(serve|worker|mcp|drain|temporal|doctor|gc|config)\\.ts$';
// Profiles are files of this machine, shown and checked without a server; and the invocation that is shown is the runner's own.
const cliProfiles = '^cli/commands/profiles-(show|check)\\.ts$';
const pattern = (names) =>
  `^(${names.map((name) => (name.endsWith('.ts') ? name.replace('.', '\\.') : `${name}/`)).join('|')})`;
const typeOnlyFree = new Set(['workflows', 'api']);

const borders = Object.entries(mayImport).map(([folder, allowed]) => ({
  name: `${folder}-border`,
  comment: `${folder}/ may import only: ${allowed.join(', ') || 'nothing of ours'}.`,
  severity: 'error',
  from: { path: `^${folder}/` },
  to: {
    path: pattern([...product, 'config.ts']),
    pathNot: pattern([folder, ...allowed]),
    ...(typeOnlyFree.has(folder) ? { dependencyTypesNot: ['type-only'] } : {}),
  },
}));

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'not-to-tests',
      severity: 'error',
      from: { pathNot: '^(tests|scripts)/' },
      to: { path: '^(tests|scripts)/' },
    },
    { name: 'workflows-are-pure', severity: 'error', from: { path: '^workflows/' }, to: { dependencyTypes: ['core'] } },
    {
      name: 'workflows-only-temporal',
      severity: 'error',
      from: { path: '^workflows/' },
      to: {
        path: 'node_modules',
        pathNot: 'node_modules/@temporalio/(workflow|common)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'cli-speaks-http',
      comment: 'Only the verbs that start something may import what they start.',
      severity: 'error',
      from: { path: '^cli/', pathNot: [cliStarters, cliProfiles] },
      to: { path: pattern([...product, 'config.ts']), pathNot: pattern(['cli', 'contract']) },
    },
    {
      name: 'cli-starters',
      severity: 'error',
      from: { path: cliStarters },
      to: {
        path: pattern([...product, 'config.ts']),
        pathNot: pattern(['cli', 'contract', 'workers', 'api', 'config.ts', 'temporal-config']),
      },
    },
    {
      name: 'cli-profiles',
      severity: 'error',
      from: { path: cliProfiles },
      to: {
        path: pattern([...product, 'config.ts']),
        pathNot: pattern(['cli', 'contract', 'profiles', 'config.ts', 'runners/claude-args.ts']),
      },
    },
    ...borders,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
