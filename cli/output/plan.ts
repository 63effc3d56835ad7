import type { PlanRecord } from '../../contract/http/plan.ts';
import { stageWords } from '../../contract/workflow/stage-labels.ts';
import { clean, oneLine } from './sanitize.ts';
import { colors } from './colors.ts';
import { nextStepLine } from './format.ts';

/** A plan's text; of one that is not ready, why there is none. */
export function planText({ status, content, stage, error, error_code, next_step }: PlanRecord): string {
  if (status === 'ready') return clean(content ?? '').trim();
  if (status === 'pending') return `${colors.cyan('■')} pending: ${stageWords(oneLine(stage))}`;
  const why = `${oneLine(error ?? '')}${error_code === null ? '' : ` (${oneLine(error_code)})`}`;
  return [
    `${colors.red('✗ failed')}: ${why}`,
    ...(next_step === null ? [] : [`next: ${nextStepLine(next_step)}`]),
  ].join('\n');
}
