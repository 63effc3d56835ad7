// Bundles the compiled program with the libraries that it uses: a start reads some 30 files instead of 3,000, which is
// half of its time.
import { build } from 'esbuild';
import { chmodSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledLibraries, WORKFLOW_THREAD } from './bundled-libraries.mjs';

// CommonJS libraries ask for what an ES module does not have.
const COMMON_JS =
  "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url); const __dirname = import.meta.dirname;";

/** The commands of the package, and the source of each. */
const COMMANDS = {
  agenticore: join('cli', 'main.js'),
  agentctl: join('cli', 'agentctl', 'main.js'),
  agentd: join('cli', 'agentd', 'main.js'),
};

/** Writes `program/` of `dist`: the commands, supervisor.js, what they share, and the licences of the libraries. */
export async function bundleProgram(root, dist) {
  const outdir = join(dist, 'program');
  rmSync(outdir, { recursive: true, force: true });
  const programs = { ...COMMANDS, supervisor: join('processes', 'supervisor.js') };
  const entries = Object.entries(programs).map(([name, source]) => [name, join(dist, source)]);
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { ...Object.fromEntries(entries), 'workflow-thread': WORKFLOW_THREAD },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    plugins: [bundledLibraries],
    banner: { js: COMMON_JS },
    // Node reads less, and names in stack traces stay.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 200,
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    logLevel: 'warning',
  });
  refuseDefaultOnly(metafile);
  for (const name of Object.keys(COMMANDS)) chmodSync(join(outdir, `${name}.js`), 0o755);
  writeFileSync(join(outdir, 'THIRD-PARTY-LICENSES.txt'), licences(root, Object.keys(metafile.inputs)));
}

/** `await import()` of a CommonJS library has its names under `default` here, and only here. */
function refuseDefaultOnly({ outputs }) {
  for (const [file, { entryPoint, exports }] of Object.entries(outputs)) {
    const isLibrary = entryPoint?.includes('node_modules/') && !entryPoint.endsWith(WORKFLOW_THREAD);
    if (isLibrary && exports.join() === 'default')
      throw new Error(`${entryPoint} is imported by await import(): import it by a statement. It is ${file}.`);
  }
}

/** The licence texts of the packages from which `files` come. */
function licences(root, files) {
  const folders = files.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]).filter(Boolean);
  return [...new Set(folders)]
    .sort()
    .map((folder) => licenceOf(join(root, folder)))
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  return `${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), 'utf8') : ''}`;
}
