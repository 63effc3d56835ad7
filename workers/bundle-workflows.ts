import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const extension = extname(fileURLToPath(import.meta.url));
const workflows = join(dirname(import.meta.dirname), 'workflows');

/**
 * Bundles the workflows beside this file: the compiled ones in dist/, else their sources. The only way in which a
 * bundle is made. `interceptors` adds modules with interceptors. Throws where zod is in it: a workflow that parses
 * would fail its task again and again on a wrong input.
 */
export async function bundleWorkflows(interceptors: readonly string[] = []): Promise<WorkflowBundleWithSourceMap> {
  const bundle = await bundleWorkflowCode({
    workflowsPath: join(workflows, `index${extension}`),
    workflowInterceptorModules: [join(workflows, `tracing${extension}`), ...interceptors],
    logger: new DefaultLogger('WARN'),
  });
  if (bundle.code.includes('node_modules/zod/'))
    throw new Error('The workflow bundle contains zod. Remove the import that leads from workflows/ to zod.');
  return bundle;
}

/**
 * The workflows as a worker takes them: the file that the build made, or a bundle of the sources where nothing was
 * built.
 */
export async function workflowBundle(): Promise<{ codePath: string } | WorkflowBundleWithSourceMap> {
  return extension === '.js' ? { codePath: join(workflows, 'bundle.js') } : bundleWorkflows();
}
