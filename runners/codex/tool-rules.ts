import { relative } from 'node:path';
import ignore from 'ignore';
import { Failure } from '../../contract/shared/failures.ts';
import { mayRun, runsOnly } from './command-rules.ts';
import type { ToolUse } from './events.ts';
import type { FileUpdateChange } from './protocol.ts';

/** Rules for tool calls, as a profile writes them: `Bash(git push:*)`, `Edit(docs/**)`, `mcp__tickets__close`. */
export interface RuleLists {
  allow: readonly string[];
  ask: readonly string[];
  deny: readonly string[];
}

/** What the rules say about a call, and which of them. */
export interface Ruling {
  verdict: keyof RuleLists;
  rule?: string;
}

/** The tools of which Codex asks, under their names in rules. */
const SHELL = new Set(['Bash', 'exec_command']);
const FILES = new Set(['Edit', 'Write', 'apply_patch']);

interface Rule {
  tool: string;
  /** Undefined where it is for all calls of the tool. */
  pattern: string | undefined;
}

const parseRule = (text: string): Rule => {
  const [, tool = text, pattern] = /^([^(]+)\((.*)\)$/s.exec(text) ?? [];
  return { tool, pattern: pattern === '*' ? undefined : pattern };
};

/** Throws `invalid_profile` for a rule of `field` that could not be kept: Codex never asks for such a call. */
export function checkRules(field: string, rules: readonly string[]): void {
  for (const text of rules) {
    const { tool, pattern } = parseRule(text);
    if (SHELL.has(tool) || (tool.startsWith('mcp__') && pattern === undefined)) continue;
    if (FILES.has(tool) && !/^(?:\/\/|~|!|#|\.\.)/.test(pattern ?? '')) continue;
    const message = `${field} has the rule ${text}, which Codex cannot keep to: ${adviceFor(tool)}.`;
    throw new Failure('invalid_profile', message);
  }
}

function adviceFor(tool: string): string {
  if (tool.startsWith('mcp__')) return 'a rule for tools of an MCP server has no pattern in parentheses';
  if (FILES.has(tool)) return 'patterns of files are those of .gitignore, from the worktree on';
  if (/^web_?(?:search|fetch)$/i.test(tool))
    return 'its searches are made by the provider; say `codex.web_search: false`';
  return 'its tools are Bash, Edit, Write and those of MCP servers, and it reads by commands';
}

/** The rules for an agent that works in `cwd`, its real path. */
export class ToolRules {
  readonly #lists: RuleLists;
  readonly #cwd: string;

  constructor(lists: RuleLists, cwd: string) {
    this.#lists = lists;
    this.#cwd = cwd;
  }

  /** Refusal goes before question, and that before permission; undefined where no rule is about the call. */
  rulingOn(call: ToolUse): Ruling | undefined {
    const { deny, ask, allow } = this.#lists;
    const touches = (text: string): boolean => this.#touches(parseRule(text), call);
    const denied = deny.find(touches);
    if (denied !== undefined) return { verdict: 'deny', rule: denied };
    const asked = ask.find(touches);
    if (asked !== undefined) return { verdict: 'ask', rule: asked };
    return this.#isAllowed(allow.map(parseRule), call) ? { verdict: 'allow' } : undefined;
  }

  /** Whether the rule is about some part of the call. */
  #touches({ tool, pattern }: Rule, call: ToolUse): boolean {
    if (!isFor(tool, call)) return false;
    if (pattern === undefined) return true;
    const { script, changes } = partsOf(call);
    return script === undefined ? this.#paths(changes).some((path) => isBelow(path, pattern)) : mayRun(script, pattern);
  }

  /** Whether every part of the call has a rule. */
  #isAllowed(rules: readonly Rule[], call: ToolUse): boolean {
    const own = rules.filter(({ tool }) => isFor(tool, call));
    const { script, changes } = partsOf(call);
    if (script !== undefined) return isFree(own) || runsOnly(script, patternsOf(own));
    if (call.name !== 'apply_patch') return isFree(own);
    return changes.length > 0 && changes.every((change) => this.#isChangeAllowed(own, change));
  }

  #isChangeAllowed(rules: readonly Rule[], change: FileUpdateChange): boolean {
    // A patch is how Codex writes a new file, too.
    const own = rules.filter(({ tool }) => tool !== 'Write' || change.kind.type === 'add');
    const isCovered = (path: string): boolean => patternsOf(own).some((pattern) => isBelow(path, pattern));
    return isFree(own) || this.#paths([change]).every(isCovered);
  }

  /** What changes write, from the worktree. */
  #paths(changes: readonly FileUpdateChange[]): string[] {
    return changes
      .flatMap(({ path, kind }) => [path, ...(kind.move_path ? [kind.move_path] : [])])
      .map((path) => relative(this.#cwd, path));
  }
}

const isFree = (rules: readonly Rule[]): boolean => rules.some(({ pattern }) => pattern === undefined);

const patternsOf = (rules: readonly Rule[]): string[] => rules.flatMap(({ pattern }) => pattern ?? []);

/** Whether the tool of a rule is that of the call; a star stands for any text, and a server for all of its tools. */
function isFor(tool: string, { name }: ToolUse): boolean {
  if (name === 'exec_command') return SHELL.has(tool);
  if (name === 'apply_patch') return FILES.has(tool);
  const text = tool.replaceAll(/[^\w*]/g, '\\$&').replaceAll('*', '.*');
  return tool.startsWith('mcp__') && new RegExp(`^${text}(?:__.*)?$`, 's').test(name);
}

function partsOf({ name, input }: ToolUse): { script: string | undefined; changes: readonly FileUpdateChange[] } {
  const { command, changes = [] } = input as { command?: string; changes?: FileUpdateChange[] };
  return { script: name === 'exec_command' ? (command ?? '') : undefined, changes };
}

/** Whether a path fits a pattern of the kind of .gitignore; one outside of the worktree fits none. */
function isBelow(path: string, pattern: string): boolean {
  return ignore.isPathValid(path) && ignore({ ignorecase: false }).add(pattern.replace(/^\.\//, '/')).ignores(path);
}
