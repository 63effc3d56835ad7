import type { Problem } from '../contract/workflow/delivery.ts';

/** How much a job may deliver; 0 is no limit. */
export interface CommitLimits {
  /** Files that are new or changed. */
  files: number;
  /** MiB of new contents, also of those that a later commit removed. */
  megabytes: number;
}

const MIB = 1024 ** 2;

/**
 * Part of the programs of commit-programs.ts: `measure` compares what would be pushed with $5 files and $6 bytes, and
 * prints something only where it is more. What was merged from the remote does not count.
 */
export const MEASURE = `
measure() {
  from=$base
  if test -n "$base" && test "$head" != "$base"; then
    from=$(theirs_alone for-each-ref --contains="$base" --merged="$head" --sort=-committerdate --count=1 --format='%(objectname)' refs/remotes)
    from=\${from:-$(theirs_alone merge-base "$base" "$head")}
    from=\${from:-$base}
  fi
  {
    ours_alone diff-tree -r --raw --no-abbrev --no-renames --diff-filter=d "\${from:-$(ours_alone hash-object -t tree /dev/null)}" "$tree" | cut -d ' ' -f 4-
    if test -n "$head" && test "$head" != "$base"; then theirs rev-list --objects "$head" --not $base --remotes; fi
  } | ours_alone cat-file --batch-check='%(objectname) %(objecttype) %(objectsize) %(rest)' | awk -v max_files="$1" -v max_bytes="$2" '
    $2 != "blob" { next }
    { name = $0; for (field = 0; field < 3; field++) sub(/^[^ ]* /, "", name) }
    name ~ /^[A-Z]\\t/ { name = substr(name, 3); files++; top = name; sub(/\\/.*/, "/", top); count[top]++ }
    !($1 in seen) { seen[$1]; bytes += $3; if ($3 + 0 > largest) { largest = $3 + 0; file = name } }
    END {
      for (top in count) if (count[top] > most) { most = count[top]; folder = top }
      if (max_files > 0 && files > max_files) printf "files %d %d %s\\n", files, most, folder
      if (max_bytes > 0 && bytes > max_bytes) printf "bytes %.0f %.0f %s\\n", bytes, largest, file
    }'
}
`;

/** What `measure` is given. */
export const measured = ({ files, megabytes }: CommitLimits): string[] => [String(files), String(megabytes * MIB)];

/** Why what it printed is too much to be delivered; undefined where it printed nothing. */
export function tooLarge(stdout: string, limits: CommitLimits): Problem | undefined {
  const [, files, most, folder] = /^files (\d+) (\d+) (.+)$/m.exec(stdout) ?? [];
  const [, bytes, largest, file] = /^bytes (\d+) (\d+) (.+)$/m.exec(stdout) ?? [];
  const much = [
    ...(files === undefined
      ? []
      : [
          `it has ${files} new or changed files, ${most} of them in ${folder} (AGENTICORE_MAX_COMMIT_FILES is ${limits.files})`,
        ]),
    ...(bytes === undefined
      ? []
      : [
          `it has ${inMib(bytes)} MiB of new contents, also counting what a later commit removed, the largest being ${file} with ${inMib(largest)} MiB (AGENTICORE_MAX_COMMIT_MB is ${limits.megabytes})`,
        ]),
  ];
  if (much.length === 0) return undefined;
  const remedy =
    'Remove what does not belong in the repository from the work and from its commits; .gitignore can name it.';
  return { code: 'commit_too_large', message: `The work is too large to be delivered: ${much.join('; ')}. ${remedy}` };
}

const inMib = (bytes = '0'): string => (Number(bytes) / MIB).toFixed(1);
