import { orWarning } from './find-or-open.ts';

/** Fields of a request for reviews, which GitHub and Gitea name alike. */
type Whom = { reviewers: string[] } | { team_reviewers: string[] };

/**
 * Asks each reviewer alone, a person or a team (`org/team`): a forge takes either all of a request or none. Gives a
 * warning for each that was not asked.
 */
export async function askReviewers(
  reviewers: readonly string[],
  signal: AbortSignal | undefined,
  ask: (whom: Whom) => Promise<unknown>,
): Promise<string[]> {
  const warnings: string[] = [];
  for (const reviewer of reviewers) {
    const team = reviewer.split('/')[1];
    const whom = team === undefined ? { reviewers: [reviewer] } : { team_reviewers: [team] };
    warnings.push(...(await orWarning(`Could not request a review from ${reviewer}`, signal, () => ask(whom))));
  }
  return warnings;
}
