import type { Client } from '@temporalio/client';

/** From when on Temporal still has all that has ended: it keeps workflows for a while. */
export async function keptSince({ workflowService, options: { namespace } }: Client): Promise<Date> {
  const { config } = await workflowService.describeNamespace({ namespace });
  const seconds = config?.workflowExecutionRetentionTtl?.seconds?.toNumber() ?? 0;
  return new Date(Date.now() - seconds * 1_000);
}
