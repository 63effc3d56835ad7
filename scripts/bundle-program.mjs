// Bundles the compiled program with the libraries that it uses: a start reads some 30 files instead of 2,000, which is a
// third of its time.
import { build } from 'esbuild';
import { chmodSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Libraries with native parts, with threads or files of their own, or which another one of these must share. */
const EXTERNAL = ['@temporalio/*', 'fastify', '@fastify/*', 'pino', 'pino-pretty'];

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
  const entries = Object.entries({ ...COMMANDS, supervisor: join('processes', 'supervisor.js') });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(entries.map(([name, source]) => [name, join(dist, source)])),
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external: EXTERNAL,
    banner: { js: COMMON_JS },
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
    if (entryPoint?.includes('node_modules/') && exports.join() === 'default')
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
