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
    words: z
      .array(z.string().trim().min(1))
      .min(1)
      .optional()
      .describe('The rule applies when the task contains one of them.'),
    profile: ProfileName.describe('What such jobs get; `auto` lets a model choose.'),
  })
  .refine(({ repo, words }) => repo !== undefined || words !== undefined, {
    message: 'must have repo or words; use default_profile for all other jobs',
  });
export type Route = z.infer<typeof Route>;
