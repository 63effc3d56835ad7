import { setting } from '../setting.ts';
import { whole } from '../values.ts';

const days = whole(1, 3_650);

/** What is kept on the disk, and for how long. */
export const HOUSEKEEPING = {
  keepWorktreesDays: setting(
    'AGENTICORE_KEEP_WORKTREES_DAYS',
    days,
    '14',
    'Days for which the worktree of a failed job, and with it its undelivered work, is kept.',
  ),
  keepTranscriptsDays: setting(
    'AGENTICORE_KEEP_TRANSCRIPTS_DAYS',
    days,
    '30',
    'Days for which transcripts and diffs of ended jobs are kept.',
  ),
  keepEventsDays: setting(
    'AGENTICORE_KEEP_EVENTS_DAYS',
    days,
    '30',
    'Days for which the events of ended jobs are kept.',
  ),
  keepMirrorsDays: setting(
    'AGENTICORE_KEEP_MIRRORS_DAYS',
    days,
    '30',
    'Days for which the mirror of a repository that no job asks for is kept.',
  ),
  maxDataGb: setting(
    'AGENTICORE_MAX_DATA_GB',
    whole(0, 1_000_000),
    '0',
    'Size (GiB) of all that beyond which mirrors, event logs and transcripts go before their time; 0 is no limit.',
  ),
  minFreeDiskMb: setting(
    'AGENTICORE_MIN_FREE_DISK_MB',
    whole(0, 1_000_000_000),
    '1024',
    'Free space (MiB) below which a worker takes no job; 0 switches that off.',
  ),
};
