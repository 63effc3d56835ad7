/** When a checkout has what lies outside of its repository: where possible, always (else the job fails), or never. */
export const PART_MODES = ['auto', 'on', 'off'] as const;
export type PartMode = (typeof PART_MODES)[number];

/** What a repository may keep outside of itself, as jobs and profiles say it. */
export interface PartModes {
  lfs: PartMode;
  submodules: PartMode;
}
