import { setting } from '../setting.ts';
import { whole } from '../values.ts';

const days = whole(1, 3_650);

/** What is kept on the disk, and for how long. */
export const HOUSEKEEPING = {
  keepWorktreesDays: setting(
    'AGENTICORE_KEEP_WORKTREES_DAYS',
    days,
    '14',
    'Days to keep the worktree of a failed job with its undelivered work.',
  ),
  keepTranscriptsDays: setting(
    'AGENTICORE_KEEP_TRANSCRIPTS_DAYS',
    days,
    '30',
    'Days to keep transcripts and diffs of ended jobs.',
  ),
  keepEventsDays: setting('AGENTICORE_KEEP_EVENTS_DAYS', days, '30', 'Days to keep the events of ended jobs.'),
  keepMirrorsDays: setting(
    'AGENTICORE_KEEP_MIRRORS_DAYS',
    days,
    '30',
    'Days to keep the mirror of a repository that no job uses.',
  ),
  maxCachesGb: setting(
    'AGENTICORE_MAX_CACHES_GB',
    whole(0, 1_000_000),
    '10',
    'Total size in GiB of the caches of `setup`, beyond which the least recently used are deleted; 0 means no caches.',
  ),
  maxDataGb: setting(
    'AGENTICORE_MAX_DATA_GB',
    whole(0, 1_000_000),
    '0',
    'Total size in GiB above which caches, mirrors, event logs and transcripts are deleted early; 0 means no limit.',
  ),
  minFreeDiskMb: setting(
    'AGENTICORE_MIN_FREE_DISK_MB',
    whole(0, 1_000_000_000),
    '1024',
    'Free disk space in MiB below which a worker takes no jobs; 0 means no minimum.',
  ),
};
