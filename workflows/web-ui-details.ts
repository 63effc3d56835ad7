import { FAILURES } from '../contract/shared/failures.ts';
import type { FailureType } from '../contract/shared/failures.ts';
import { inlineCode, linkTo, BLANK_END } from '../contract/shared/markdown.ts';
import type { Spent } from '../contract/workflow/job-progress.ts';

type Rows = Readonly<Record<string, string | null | undefined>>;

/**
 * What the Web UI shows as a workflow's current details: `rows`, which are Markdown, but for those without a value, and
 * more below them.
 */
export function detailsOf(rows: Rows, ...more: string[]): string {
  const told = Object.entries(rows).filter(([, value]) => value != null);
  return [told.map(([name, value]) => `- **${name}**: ${value}`).join('\n'), ...more, BLANK_END].join('\n\n');
}

/** A text that others wrote, where there is one. */
export const codeOf = (text: string | null | undefined): string | null => (text == null ? null : inlineCode(text));

/** What went wrong, and what to do about it. */
export const failureRows = (error: { code: FailureType; message: string } | null): Rows =>
  error === null
    ? {}
    : { error: `${error.code}: ${inlineCode(error.message, 600)}`, 'next step': FAILURES[error.code].nextStep };

/** What agents have cost, as far as it is known. */
export function spentRows({ usage, cost_usd }: Spent): Rows {
  const cached = usage === null ? 0 : usage.cache_read_tokens + usage.cache_creation_tokens;
  return {
    cost: cost_usd === null ? null : `$${cost_usd.toFixed(4)}`,
    tokens: usage && `${usage.input_tokens} in, ${usage.output_tokens} out, ${cached} cached`,
  };
}

/** Where the work is. */
export const deliveryRows = ({ branch, pr_url }: { branch: string | null; pr_url: string | null }): Rows => ({
  branch: codeOf(branch),
  'pull request': pr_url && linkTo(pr_url),
});

/** The last warnings. */
export function warningRows(warnings: readonly string[]): Rows {
  const last = warnings.slice(-3).map((warning) => inlineCode(warning));
  return { warnings: last.length === 0 ? null : last.join(', ') };
}

/** Where to see what the agent of a running workflow does at the moment: it is not worth an event for each tool. */
export const watchRow = (activity: string, isRunning: boolean): Rows => ({
  'the agent now': isRunning ? `see \`doing\` in the heartbeat of \`${activity}\`, under Pending Activities` : null,
});

/** The text of a failed workflow: what happened, and what to do. */
export const explained = ({ code, message }: { code: FailureType; message: string }): string =>
  `${message}\nNext step: ${FAILURES[code].nextStep}`;
