import { MEASURE } from './commit-size.ts';
import { INERT, REMOVE_LOCKS, type RunConfined } from './confined.ts';

export interface ProgramOptions {
  more?: readonly string[];
  input?: string;
  signal?: AbortSignal | undefined;
}

/** Runs one of the programs; throws `Unusable` where git cannot use the agent's repository. */
export type RunProgram = (text: string, options?: ProgramOptions) => ReturnType<RunConfined>;

/**
 * Programs of the shell that look at what an agent left and make a commit of it. They run confined, in the checkout;
 * the usual case is one program, since entering the sandbox costs more than git. Arguments: `whole` or `files` (the
 * agent's git directory is of no use), a folder of our own, the base or nothing, the job's branch, and of those that
 * commit the limits of commit-size.ts. Our folder has the message.
 *
 * `theirs` is the agent's repository, whatever its configuration says of itself. `ours` is a git directory without
 * configuration, hooks, filters and attributes, for the same files. What they find is told in lines that begin with the
 * name of a fact; exit code 3 means that git cannot use the agent's repository, 4 that files could not be added.
 */
const COMMON = `
mode=$1 scratch=$2 base=$3 branch=$4
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_ATTR_NOSYSTEM=1 GIT_NO_REPLACE_OBJECTS=1 GIT_NO_LAZY_FETCH=1 GIT_TERMINAL_PROMPT=0 LC_ALL=C
theirs() { command git --git-dir=.git --work-tree=. ${INERT} -c core.bare=false "$@"; }
ours() { GIT_DIR=$scratch GIT_WORK_TREE=$PWD GIT_INDEX_FILE=\${index:-$scratch/index} command git "$@"; }
# The same where a subshell has nothing else to do: git takes its place, which saves a process.
theirs_alone() { exec git --git-dir=.git --work-tree=. ${INERT} -c core.bare=false "$@"; }
ours_alone() {
  export GIT_DIR="$scratch" GIT_WORK_TREE="$PWD" GIT_INDEX_FILE="\${index:-$scratch/index}"
  exec git "$@"
}
# New objects lie where the agent's next turn finds them.
if test "$mode" = whole; then export GIT_OBJECT_DIRECTORY="$PWD/.git/objects"; fi
nl='
'
# Sets head, the commit that the work goes on from, and before, its tree; both are empty where there is none.
parent() {
  head=$base before=
  if test "$mode" = whole; then
    found=$(theirs_alone rev-parse 'HEAD^{commit}' 'HEAD^{tree}' 2>/dev/null) || found=
    head=\${found%%"$nl"*} before=\${found#*"$nl"}
  elif test -n "$base"; then
    before=$(ours_alone rev-parse --verify --quiet "$base^{tree}")
  fi
}
everything() { printf '.\\0:(exclude).claude/worktrees\\0'; }
add() { ours add --all "$@" --pathspec-from-file=- --pathspec-file-nul 2>"$scratch/said"; }
`;

const BEGIN = `
if test "$mode" = whole; then
  ${REMOVE_LOCKS}
  for state in MERGE_HEAD CHERRY_PICK_HEAD REVERT_HEAD rebase-merge rebase-apply BISECT_LOG; do
    if test -e ".git/$state"; then echo "operation $state"; stopped=1; fi
  done
  unmerged=$(theirs_alone ls-files --unmerged) || exit 3
  if test -n "$unmerged"; then
    printf '%s\\n' "$unmerged" | cut -f 2- | sort -u | head -n 20 | sed 's/^/unmerged /'
    stopped=1
  fi
  if test -n "\${stopped:-}"; then exit 0; fi
fi
parent
if test "$mode" = files || ! cp -p .git/index "$scratch/index" 2>/dev/null; then
  if test -n "$head"; then ours read-tree "$head" || exit 3; fi
fi
`;

const SORT = `
others=$(ours_alone ls-files --others --exclude-standard) || exit 3
staged=$(ours_alone ls-files --stage) || exit 3
case "$others$nl" in *"/$nl"* | *"/\\"$nl"*) nested=1 ;; esac
case "$nl$staged" in *"\${nl}160000 "*) nested=1 ;; esac
if test -n "\${nested:-}"; then echo nested; exit 0; fi
`;

const ADD = `
everything | add
if test $? != 0 || { test -s "$scratch/said" && grep -q 'could not open' "$scratch/said"; }; then cat "$scratch/said" >&2; exit 4; fi
`;

const RECORD = `${MEASURE}
if test -z "\${head+set}"; then parent; fi
tree=$(ours_alone write-tree) || exit 3
much=$(measure "$5" "$6")
if test -n "$much"; then printf '%s\\n' "$much"; exit 0; fi
commit() { ours_alone commit-tree "$tree" "$@" -F "$scratch/message"; }
emptied() {
  all=$(ours_alone ls-tree -r --name-only "$base" | wc -l)
  gone=$(ours_alone diff-tree -r --no-renames --diff-filter=D --name-only "$base" "$tree" | wc -l)
  test "$all" -gt 0 && test "$all" = "$gone"
}
# Makes the agent's branch go on from the commit, with the same files.
advance() {
  if test "$mode" = files; then ours update-ref refs/heads/work "$work"; return; fi
  theirs update-ref HEAD "$work" && cp -p "$scratch/index" .git/index
}
current=
if test "$mode" = whole && read -r line <.git/HEAD; then case $line in 'ref: '*) current=\${line#ref: } ;; esac; fi
if test -z "$base" || { test -n "$head" && theirs merge-base --is-ancestor "$base" "$head"; } || test "$mode" = files; then
  if test "$mode" = files && test -n "$base" && emptied; then echo emptied; exit 0; fi
  work=$head
  if test "$tree" != "\${before:-$(ours_alone hash-object -t tree /dev/null)}"; then
    work=$(commit \${head:+-p "$head"}) && advance || exit 3
  fi
elif test -n "$head" && test "$current" != "refs/heads/$branch" && theirs merge-base "$base" "$head" >/dev/null; then
  # Something else was checked out; what is new there comes to the base by a merge.
  work=$base
  if test "$tree" != "$before" || test -n "$(theirs_alone rev-list --max-count=1 "$head" --not "$base" --remotes)"; then
    tip=$head
    if test "$tree" != "$before"; then tip=$(commit -p "$head") && work=$tip && advance || exit 3; fi
    tree=$(ours_alone merge-tree --write-tree "$base" "$tip") || { echo "conflict \${current:-$tip}"; exit 0; }
    work=$(commit -p "$base" -p "$tip") || exit 3
    echo "merged \${current:-$tip}"
  fi
elif emptied; then
  echo emptied
  exit 0
else
  work=$(commit -p "$base") && advance || exit 3
  echo rewritten
fi
if test -z "$work" || { test -n "$base" && ours diff-tree --quiet "$base" "$work"; }; then
  echo unchanged
  ours_alone ls-files --others --ignored --exclude-standard --directory | while read -r path; do
    # What setup left was not made by the agent.
    if test ! -e .git/agenticore-setup || test "$path" -nt .git/agenticore-setup; then echo "ignored $path"; fi
  done | head -n 20
else
  if test "$mode" = whole; then theirs update-ref refs/agenticore/work "$work" || exit 3; fi
  echo "work $work"
fi
`;

const ELSEWHERE = `
if test "$mode" = whole && known=\${work:-$head} && test -n "$known"; then
  theirs_alone for-each-ref --no-merged="$known" --format='%(objectname) %(refname)' refs/heads refs/stash | while read -r sha ref; do
    test -n "$(theirs_alone rev-list --max-count=1 "$sha" --not "$known" "\${head:-$known}" --remotes)" || continue
    if test -n "$base" && theirs merge-base --is-ancestor "$base" "$sha"; then echo "descends $sha $ref"; else echo "apart $sha $ref"; fi
  done
  for dir in .git/worktrees/*; do
    test -f "$dir/gitdir" && path=$(dirname "$(head -n 1 "$dir/gitdir")") || continue
    tip=$(theirs_alone rev-parse --verify --quiet "\${dir#.git/}/HEAD")
    new=$(test -n "$tip" && theirs rev-list --max-count=1 "$tip" --not "$known" "\${head:-$known}" --branches --remotes)
    if test -d "$path"; then
      new=$new$(command git -C "$path" ${INERT} status --porcelain 2>/dev/null | head -n 1)
    fi
    if test -n "$new"; then echo "worktree $path"; fi
  done
fi
`;

/** All of it, where there is nothing unusual among the files; else it ends with the fact `nested`. */
export const COMMIT = COMMON + BEGIN + SORT + ADD + RECORD + ELSEWHERE;

/** The rest, once the files are in the index. */
export const RECORD_INDEX = COMMON + RECORD + ELSEWHERE;

/** Makes the commit $5 of another branch the work. */
export const CHOOSE = `${COMMON}
# It has the files of another commit.
rm -f "$scratch/index"
theirs update-ref refs/agenticore/work "$5"
`;

/** A git command on our index, with its input: the arguments from the fifth. */
export const OURS = `${COMMON}
shift 4
ours "$@"
`;

/** The paths of the submodules that .gitmodules registers, if there is such a file. */
export const LIST_SUBMODULES = `${COMMON}
ours config -z --file .gitmodules --get-regexp '^submodule\\..*\\.path$' || true
`;

/** What the agent's last commit has. */
export const LIST_COMMITTED = `${COMMON}
parent
ours ls-tree -rz "$head"
`;

/** Adds files, all but those of its input (pathspecs that each end with a NUL), and makes readable what is not. */
export const ADD_WITHOUT = `${COMMON}
find . -path ./.git -prune -o \\( -type d -o -type f \\) ! -perm -u+r -exec chmod u+rX {} \\;
{ everything; cat; } | add --ignore-errors
code=$?
cat "$scratch/said" >&2
test $code = 0 || exit 4
`;

/**
 * Adds the files of the folder $5, a repository of its own, as files; its input are pathspecs of what to leave out.
 * With $6 `list` it is only told which folders in it are repositories again (each ends with a NUL).
 */
export const ADD_FOLDER = `${COMMON}
folder=$5 top=$PWD index=$scratch/folder
cd "$folder" || exit 4
rm -f "$index"
if test "\${6:-}" = list; then ours ls-files -z --others --exclude-standard; exit; fi
{ printf '.\\0'; cat; } | add --ignore-errors || failed=1
cat "$scratch/said" >&2
test -z "\${failed:-}" || exit 4
tree=$(ours_alone write-tree) || exit 3
cd "$top" && index=
ours read-tree --prefix="$folder/" "$tree"
`;
