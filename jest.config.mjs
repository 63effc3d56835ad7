/** Tests with a Temporal server share one. */
export const temporal = { globalSetup: '<rootDir>/tests/support/start-temporal.mjs' };
const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, sourceMaps: 'inline' },
  ],
};
export const tier = (name, extra = {}) => ({
  displayName: name,
  testMatch: [`<rootDir>/tests/${name}/**/*.test.ts`],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform,
  ...extra,
});

/** Three tiers: unit (no server), integration (real Temporal server), e2e (the built product). */
export default {
  testSequencer: '<rootDir>/scripts/jest-order.mjs',
  projects: [tier('unit'), tier('integration', temporal), tier('e2e', temporal)],
  // Many times what a test takes on a machine that has nothing else to do.
  testTimeout: 240_000,
};
