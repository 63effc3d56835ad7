import type { Config } from '../config/index.ts';
import { workflowUrl, type Target } from '../temporal-config/target.ts';

/** Where people look at a job: its page in the Web UI, where the configuration says that others can reach one. */
export const jobPages =
  ({ temporalUiUrl }: Config, target: Target) =>
  (id: string): string | null =>
    temporalUiUrl === undefined ? null : workflowUrl(target, id);
