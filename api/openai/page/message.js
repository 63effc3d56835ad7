/** Draws what was said. */
import { textOf } from './answer.js';
import { approvalCard } from './approval.js';
import { codeBlock } from './blocks.js';
import { button, copyButton, element } from './dom.js';
import { drawMarkdown } from './markdown.js';

/** @import { Part, ToolPart, WordsPart } from './answer.js' */
/** @import { Answer, Question } from './chats.js' */
/**
 * @typedef {object} Actions
 * @property {(at: number) => void} edit
 * @property {(at: number) => void} regenerate
 * @property {(id: string, allow: boolean, reason: string) => Promise<unknown>} decide
 */

/** @param {Question} question @param {number} at @param {Actions} actions */
export const questionView = ({ text }, at, actions) =>
  element(
    'article',
    { className: 'question', 'aria-label': 'You' },
    element('div', { className: 'words' }, text),
    element(
      'div',
      { className: 'actions' },
      copyButton(() => text),
      button('Edit', () => actions.edit(at), plain),
    ),
  );

const plain = { className: 'plain' };

/**
 * An answer that grows: `update` draws what is new of it and leaves the rest as it is, with what is open and selected.
 * @param {number} at @param {Actions} actions
 */
export function answerView(at, actions) {
  const body = element('div', { className: 'parts' });
  const foot = element('div', { className: 'actions' });
  const view = element('article', { className: 'answer', 'aria-label': 'Agent' }, body, foot);
  /** @type {{ kind: string, node: any, update: (part: any, isLast: boolean) => void }[]} */
  const drawn = [];
  /** @param {Answer} answer @param {boolean} isLast */
  function update({ parts, state, problem, facts }, isLast) {
    const running = state === 'running';
    view.setAttribute('aria-busy', String(running));
    view.classList.toggle('waiting', running && parts.length === 0);
    parts.forEach((part, index) => {
      if (drawn[index]?.kind !== part.kind) {
        for (const { node } of drawn.splice(index)) node.remove();
        drawn[index] = { kind: part.kind, ...partView(part, actions) };
        body.append(drawn[index].node);
      }
      drawn[index]?.update(part, running && index === parts.length - 1);
    });
    for (const { node } of drawn.splice(parts.length)) node.remove();
    if (running) return foot.replaceChildren();
    const again =
      isLast && state !== 'waiting'
        ? [button(state === 'done' ? 'Answer again' : 'Try again', () => actions.regenerate(at), plain)]
        : [];
    const copy = textOf(parts) === '' ? [] : [copyButton(() => textOf(parts).trim())];
    foot.replaceChildren(...endOf(state, problem), ...copy, ...again, factsView(facts));
  }
  return { view, update };
}

/** @param {Answer['state']} state @param {string | undefined} problem */
function endOf(state, problem) {
  if (state === 'waiting') return [element('span', { className: 'ending' }, 'The agent waits for your decision.')];
  if (state === 'stopped') return [element('span', { className: 'ending' }, 'Stopped.')];
  return state === 'failed' ? [element('p', { className: 'problem' }, problem ?? 'The answer failed.')] : [];
}

/** @param {Answer['facts']} facts */
function factsView({ num_turns: turns, cost_usd: cost } = {}) {
  const said = [
    ...(turns ? [`${turns} ${turns === 1 ? 'step' : 'steps'}`] : []),
    ...(cost ? [`$${cost < 0.01 ? cost.toFixed(4) : cost.toFixed(2)}`] : []),
  ];
  return element('span', { className: 'facts' }, said.join(' · '));
}

/** @param {Part} part @param {Actions} actions */
function partView(part, actions) {
  switch (part.kind) {
    case 'thinking':
      return thinkingView();
    case 'tool':
      return toolView();
    case 'approval':
      return approvalCard(part, actions.decide);
    case 'note':
      return noteView();
    case 'text':
      return textView();
  }
}

function textView() {
  const node = element('div', { className: 'text' });
  return { node, update: (/** @type {WordsPart} */ { text }) => drawMarkdown(node, text) };
}

function noteView() {
  const node = element('p', { className: 'note', role: 'note' });
  return { node, update: (/** @type {WordsPart} */ { text }) => void (node.textContent = text) };
}

function thinkingView() {
  const title = element('summary');
  const words = element('div', { className: 'words' });
  const node = element('details', { className: 'thinking' }, title, words);
  const update = (/** @type {WordsPart} */ { text }, /** @type {boolean} */ isLast) => {
    title.textContent = isLast ? 'Thinking …' : 'Thought';
    node.classList.toggle('live', isLast);
    words.textContent = text.trim();
  };
  return { node, update };
}

function toolView() {
  const [name, about, state] = [element('code'), element('span', { className: 'about' }), element('span')];
  const body = element('div', { className: 'inside' });
  const node = element('details', { className: 'tool' }, element('summary', {}, name, about, state), body);
  let drawn = '';
  /** @param {ToolPart} part */
  function update(part) {
    const { name: tool, input, output, failed } = part;
    const now = JSON.stringify(part);
    if (now === drawn) return;
    drawn = now;
    name.textContent = tool;
    about.textContent = aboutOf(input);
    state.className = output === null ? 'state live' : failed ? 'state failed' : 'state';
    state.textContent = output === null ? 'runs' : failed ? 'failed' : 'done';
    body.replaceChildren(
      codeBlock(inputText(input), 'Input'),
      ...(output === null ? [] : [codeBlock(output || '(nothing)', 'Result')]),
    );
  }
  return { node, update };
}

/** A command reads better than its JSON. @param {any} input @returns {string} */
const inputText = (input) =>
  typeof input?.command === 'string'
    ? input.command
    : typeof input === 'string'
      ? input
      : JSON.stringify(input, null, 2);

/** What a call is about, in one line. @param {any} input */
function aboutOf(input) {
  const told = ['command', 'file_path', 'path', 'pattern', 'url', 'query', 'description', 'prompt'];
  const first = told.map((name) => input?.[name]).find((value) => typeof value === 'string');
  return (
    String(first ?? '')
      .split('\n', 1)[0]
      ?.slice(0, 200) ?? ''
  );
}
