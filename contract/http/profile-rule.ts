import { z } from 'zod';
import { ProfileName } from './job-request.ts';

/** A rule that chooses the profile of jobs which name none. */
export const Route = z
  .strictObject({
    repo: z
      .string()
      .min(1)
      .max(500)
      .optional()
      .describe('Repositories, such as github.com/acme/*: * is any part of one name, ** any path.'),
    words: z.array(z.string().trim().min(1)).min(1).optional().describe('One of them stands in the task.'),
    profile: ProfileName.describe('What such jobs get; `auto` lets a model choose.'),
  })
  .refine(({ repo, words }) => repo !== undefined || words !== undefined, {
    message: 'must say repo or words; what every job gets is default_profile',
  });
export type Route = z.infer<typeof Route>;
