import { z } from 'zod';

/** What is compared with the event log. */
const AUDITED = ['wire', 'transcript', 'redis'] as const;
export type AuditedSurface = (typeof AUDITED)[number];

const Difference = z.object({
  surface: z.enum(AUDITED),
  run: z.number().int().nullable().describe('Number of the run; null where it cannot be told.'),
  what: z.string().describe('In words for a person.'),
});
export type Difference = z.infer<typeof Difference>;

const SurfaceRecord = z.object({
  surface: z.enum(AUDITED),
  compared: z.boolean(),
  blocks: z.number().int().describe('Texts, thoughts, tool calls and results that were read there.'),
  note: z.string().nullable().describe('Why it was not compared, or what of it was not.'),
});
export type SurfaceRecord = z.infer<typeof SurfaceRecord>;

/** Answer of GET /sessions/{id}/audit and GET /jobs/{id}/audit. */
export const AuditReply = z.object({
  success: z.literal(true),
  id: z.string(),
  equal: z.boolean().describe('Whether all surfaces that could be read say the same, the transcript among them.'),
  runs: z.number().int(),
  blocks: z.number().int().describe('The same in the event log.'),
  surfaces: z.array(SurfaceRecord),
  differences: z.array(Difference),
  notes: z.array(z.string()).describe('What differs where it may: an answer that was interrupted, or is under way.'),
});
export type AuditReply = z.infer<typeof AuditReply>;
