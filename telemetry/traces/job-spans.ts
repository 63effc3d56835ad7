import { context, trace, type Attributes } from '@opentelemetry/api';
import type { Spent } from '../../contract/workflow/job-progress.ts';
import { markFailed, ourTracer } from '../in-span.ts';
import { contextOf, contextOfWorkflow } from './ids.ts';
import type { ChosenIds } from './provider.ts';

/** A job, a plan or a run that has ended. */
export interface EndedWork {
  id: string;
  kind: 'job' | 'plan' | 'run';
  /** The traceparent with which it was started. */
  trace?: string | undefined;
  startedAt: Date;
  status: string;
  error: { code: string } | null;
  spent: Spent;
  /** What else is known of it, such as `profile`. */
  facts: Readonly<Record<string, string | number | null | undefined>>;
}

/** Tells of jobs, plans and runs when they have ended, each as one span; one that is told again is the same span. */
export class JobSpans {
  readonly #ids: ChosenIds;

  constructor(ids: ChosenIds) {
    this.#ids = ids;
  }

  ended({ id, kind, trace: traceparent, startedAt: startTime, status, error, spent, facts }: EndedWork): void {
    const own = contextOfWorkflow(id, traceparent);
    const parent = contextOf(traceparent);
    const above = parent === undefined ? context.active() : trace.setSpanContext(context.active(), parent);
    const attributes = {
      [`agenticore.${kind}.id`]: id,
      'agenticore.status': status,
      ...spentOf(spent),
      ...named(facts),
    };
    const options = { startTime, attributes, root: parent === undefined };
    const span = this.#ids.with(own, () => ourTracer().startSpan(kind, options, above));
    if (error !== null) markFailed(span, error.code);
    span.end();
  }
}

const spentOf = ({ usage, cost_usd }: Spent): Attributes => named({ ...usage, cost_usd });

/** Attributes of ours; what is not known is left out. */
const named = (facts: Readonly<Record<string, string | number | null | undefined>>): Attributes =>
  Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) => (value == null ? [] : [[`agenticore.${name}`, value] as const])),
  );
