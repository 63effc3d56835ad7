import type { z } from 'zod';

/** What a job says in place of its profile. */
export interface SectionOverride {
  model?: string | undefined;
  max_budget_usd?: number | undefined;
}

/** The facts of a section that a list of profiles shows; null where the profile does not say. */
export interface SectionFacts {
  model: string | null;
  max_turns: number | null;
  permission_mode: string | null;
  effort: string | null;
}

/**
 * The section of a profile.yml that bears an agent's name: what only that agent understands. `File` is it in one file.
 */
export interface ProfileSection<File, Settings> {
  schema: z.ZodType<File>;
  /** What to do in place of `field`, where it is a known mistake. */
  insteadOf(field: string): string | undefined;
  /** The section of a profile and its parents, the furthest parent first. */
  combine(files: readonly File[]): Settings;
  /** Seconds; null where no file says. */
  timeoutOf(files: readonly File[]): number | null;
  override(settings: Settings, by: SectionOverride): Settings;
  /** For an agent that can read and nothing else, whatever the profile says. */
  readOnly(settings: Settings): Settings;
  /** For an agent that talks and does nothing else. */
  withoutTools(settings: Settings): Settings;
  facts(settings: Settings): SectionFacts;
}
