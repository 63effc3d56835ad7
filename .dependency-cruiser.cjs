// Who may import whom. A folder's row lists what it may import of ours.
const product = [
  'contract',
  'workflows',
  'activities',
  'runners',
  'processes',
  'git',
  'forges',
  'events',
  'store',
  'telemetry',
  'profiles',
  'packages',
  'workers',
  'housekeeping',
  'doctor',
  'api',
  'cli',
  'config',
  'temporal-config',
  'tests',
  'scripts',
];
const mayImport = {
  'contract/shared': [],
  'contract/workflow': ['contract/shared'],
  'contract/http': ['contract'],
  workflows: ['contract/workflow', 'contract/shared'],
  config: ['contract'],
  processes: ['contract'],
  // Where a span begins and ends.
  forges: ['contract', 'telemetry/in-span.ts'],
  events: ['contract'],
  store: ['contract'],
  telemetry: ['contract'],
  // The section of each agent in a profile.yml.
  profiles: ['contract', 'runners/sections.ts'],
  packages: ['contract', 'profiles', 'git', 'processes'],
  // The way to the web of a gateway to a model.
  runners: ['contract', 'processes', 'forges/through-proxy.ts'],
  git: ['contract', 'processes', 'telemetry/in-span.ts'],
  activities: [
    ...['contract', 'processes', 'runners', 'git', 'forges', 'profiles', 'packages', 'events', 'store', 'telemetry'],
  ],
  housekeeping: [
    'contract',
    'activities/paths.ts',
    'store',
    'processes',
    'runners',
    'git',
    'profiles',
    'events',
    'config',
    'temporal-config',
  ],
  doctor: ['contract', 'processes', 'runners', 'git', 'profiles', 'events', 'config', 'temporal-config'],
  'temporal-config': ['contract', 'config', 'processes'],
  api: [
    'contract',
    'events',
    'store',
    'telemetry',
    'profiles',
    'packages',
    'runners/sections.ts',
    'runners/transcripts.ts',
    'config',
    'temporal-config',
  ],
  workers: product.filter((folder) => !['api', 'cli', 'tests', 'scripts'].includes(folder)),
};
// A type of what lies on the other side of the server may cross the border: a workflow's proxies, the API's handles.
const mayImportTypes = { workflows: ['activities'], api: ['workflows'] };
const cliStarters = '^cli/commands/(serve|worker|mcp|drain|temporal|doctor|gc|config)\\.ts$';
// Profiles are files of this machine, shown and checked without a server; what is shown comes from the agents
// themselves.
const cliProfiles = '^cli/commands/(profiles-(show|check)|agents|hooks)\\.ts$';
const pattern = (names) =>
  `^(${names.map((name) => (name.endsWith('.ts') ? name.replace('.', '\\.') : `${name}/`)).join('|')})`;

const border = (folder, to) => ({
  name: `${folder}-border`,
  comment: `${folder}/ may import only: ${mayImport[folder].join(', ') || 'nothing of ours'}.`,
  severity: 'error',
  from: { path: `^${folder}/` },
  to,
});
const borders = Object.entries(mayImport).flatMap(([folder, allowed]) => {
  const types = mayImportTypes[folder] ?? [];
  const free = [folder, ...allowed, ...types];
  const values = border(folder, { path: pattern(product), pathNot: pattern(free) });
  if (types.length === 0) return [values];
  return [
    values,
    { ...border(folder, { path: pattern(types), dependencyTypesNot: ['type-only'] }), name: `${folder}-types` },
  ];
});

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'not-to-tests',
      severity: 'error',
      from: { pathNot: '^(tests|scripts)/' },
      to: { path: '^(tests|scripts)/' },
    },
    { name: 'workflows-are-pure', severity: 'error', from: { path: '^workflows/' }, to: { dependencyTypes: ['core'] } },
    {
      name: 'contract-without-node',
      comment: 'Workflows import these: no Node, no zod.',
      severity: 'error',
      from: { path: '^contract/(shared|workflow)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'contract-without-zod',
      comment: 'So zod is not reachable from workflows/: a ZodError there would fail the workflow task for ever.',
      severity: 'error',
      from: { path: '^contract/(shared|workflow)/' },
      to: { path: 'node_modules/zod/', dependencyTypesNot: ['type-only'] },
    },
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
      to: { path: pattern(product), pathNot: pattern(['cli', 'contract', 'processes/lines.ts']) },
    },
    {
      name: 'cli-starters',
      severity: 'error',
      from: { path: cliStarters },
      to: {
        path: pattern(product),
        pathNot: pattern([
          'cli',
          'contract',
          'workers',
          'housekeeping',
          'doctor',
          'api',
          'config',
          'temporal-config',
          'processes/file-lock.ts',
        ]),
      },
    },
    {
      name: 'cli-profiles',
      severity: 'error',
      from: { path: cliProfiles },
      to: {
        path: pattern(product),
        pathNot: pattern([
          'cli',
          'contract',
          'profiles',
          'packages',
          'config',
          'runners/agents.ts',
          'runners/try-profile.ts',
          'workers/content.ts',
          'workers/logger.ts',
        ]),
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
