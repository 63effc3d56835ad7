/** A question of the agent whether it may use a tool, with buttons that answer it. */
import { button, element } from './dom.js';
import { drawMarkdown } from './markdown.js';

/** @import { ApprovalPart } from './answer.js' */

/** What stands where a decision was made, wherever that was. @type {Readonly<Record<string, string>>} */
const SAID = { allowed: 'Allowed.', denied: 'Denied.' };

/**
 * @param {ApprovalPart} part
 * @param {(id: string, allow: boolean, reason: string) => Promise<unknown>} decide Throws where it was not taken.
 */
export function approvalCard(part, decide) {
  const words = element('div', { className: 'text' });
  const reason = element('input', { placeholder: 'Reason, for a denial', 'aria-label': 'Reason', maxLength: 500 });
  const said = element('p', { className: 'said', role: 'status' });
  const allow = button('Allow', () => answer(true), { className: 'allow' });
  const deny = button('Deny', () => answer(false), { className: 'deny' });
  const row = element('div', { className: 'row' }, allow, deny, reason);
  const node = element('section', { className: 'approval', 'aria-label': 'Approval needed' }, words, row, said);
  drawMarkdown(words, withoutCommands(part.text));

  /** @param {boolean} isAllowed */
  async function answer(isAllowed) {
    allow.disabled = deny.disabled = true;
    try {
      part.decision = isAllowed ? 'allowed' : 'denied';
      said.textContent = SAID[part.decision] ?? '';
      row.hidden = true;
      await decide(part.id, isAllowed, reason.value.trim());
    } catch (error) {
      said.textContent = error instanceof Error ? error.message : String(error);
      part.decision = null;
      row.hidden = allow.disabled = deny.disabled = false;
    }
  }

  /** @param {ApprovalPart} now */
  function update({ decision }) {
    if (decision === null || row.hidden) return;
    row.hidden = true;
    said.textContent ||= SAID[decision] ?? decision;
  }
  return { node, update };
}

/** The commands are for clients without buttons. @param {string} text */
const withoutCommands = (text) =>
  text
    .split('\n')
    .filter((line) => !/^Reply .*\/approve /.test(line))
    .join('\n');
