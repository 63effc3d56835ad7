// What libraries do that a bundle of them cannot: they read files that lie beside them, start threads from files of
// theirs, and load what the product never uses. Each rule must fit its library, or the build fails.
import { readFileSync } from 'node:fs';

/** Files that use `__dirname`, each with the dependency of ours that has it: it stays the folder of the file. */
const BESIDE = {
  '@temporalio/core-bridge/common.js': '@temporalio/worker',
  'source-map/lib/read-wasm.js': '@temporalio/worker',
  '@fastify/swagger-ui/index.js': '@fastify/swagger-ui',
  '@fastify/swagger-ui/lib/routes.js': '@fastify/swagger-ui',
};

/** What stands in a file of a library, and what the bundle has instead. */
const REPLACED = [
  {
    file: '@temporalio/worker/lib/workflow/threaded-vm.js',
    from: "require.resolve('./workflow-worker-thread')",
    to: "require('node:path').join(__dirname, 'workflow-thread.js')",
  },
];

/**
 * The workflows are bundled by the build: the bundler of Temporal is not needed, and webpack with it. Nothing asks which
 * machine this is.
 */
const UNUSED = {
  '@temporalio/worker/lib/workflow/bundler.js': 'exports.defaultWorkflowInterceptorModules = [];',
  '@temporalio/worker/lib/debug-replayer/index.js': '',
  '@opentelemetry/resources/build/src/detectors/platform/node/machine-id/getMachineId.js':
    'exports.getMachineId = async () => undefined;',
};

/** The thread of the worker in which workflows run, as an entry of the bundle. */
export const WORKFLOW_THREAD = '@temporalio/worker/lib/workflow/workflow-worker-thread.js';

/** An esbuild plugin that keeps the rules above. */
export const bundledLibraries = {
  name: 'bundled-libraries',
  setup(build) {
    const left = new Set([...Object.keys(BESIDE), ...REPLACED.map(({ file }) => file), ...Object.keys(UNUSED)]);
    build.onLoad(
      { filter: /node_modules\/(@temporalio|@fastify|@opentelemetry\/resources|source-map)\/.*\.js$/ },
      ({ path }) => {
        const file = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
        if (!left.delete(file)) return undefined;
        return { contents: changed(file, readFileSync(path, 'utf8')), loader: 'js' };
      },
    );
    build.onEnd(() => {
      if (left.size > 0) throw new Error(`Nothing imports ${[...left].join(', ')}: correct bundled-libraries.mjs.`);
    });
  },
};

function changed(file, source) {
  if (file in UNUSED) return UNUSED[file];
  if (file in BESIDE) return `const __dirname = require('node:path').dirname(${placeOf(file)});\n${source}`;
  const { from, to } = REPLACED.find((rule) => rule.file === file);
  if (!source.includes(from)) throw new Error(`${file} has no ${from}: correct bundled-libraries.mjs.`);
  return source.replace(from, to);
}

/** Where a file is installed, as its owner finds it: another version may be what the bundle would find. */
const placeOf = (file) => `require('node:module').createRequire(require.resolve('${BESIDE[file]}')).resolve('${file}')`;
