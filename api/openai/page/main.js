/** The page: one chat at a time, and what a person can do with it. */
import { onOtherTab, allChats, deleteChat, newChat, readChat } from './chats.js';
import { Conversation } from './conversation.js';
import { byId, button, element } from './dom.js';
import { askForKey, watchKeyDialog } from './key-dialog.js';
import { ask, ServerError } from './server.js';
import { Toggles } from './toggles.js';

/** @import { Chat } from './chats.js' */

const [model, prompt, sidebar, shade] = ['model', 'prompt', 'sidebar', 'shade'].map(byId);
const conversation = new Conversation({ onChanged: drawChats, onSettings: (shown) => toggles.take(shown), needsKey });
const toggles = new Toggles(byId('toggles'), (text) => conversation.command(text));

watchKeyDialog();
byId('composer').addEventListener('submit', (/** @type {Event} */ event) => (event.preventDefault(), submit()));
byId('stop').addEventListener('click', () => conversation.stop());
byId('keep').addEventListener('click', () => (conversation.keep(), grow()));
byId('new-chat').addEventListener('click', () => open(newChat(model.value)));
byId('change-key').addEventListener('click', () => needsKey());
byId('open-sidebar').addEventListener('click', () => showSidebar(true));
byId('close-sidebar').addEventListener('click', () => showSidebar(false));
shade.addEventListener('click', () => showSidebar(false));
model.addEventListener('change', () => ((conversation.chat.model = model.value), void toggles.read()));
prompt.addEventListener('input', grow);
prompt.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});
document.addEventListener('keydown', ({ key }) => {
  if (key !== 'Escape' || byId('key-dialog').open) return;
  if (document.body.classList.contains('with-sidebar')) showSidebar(false);
  else if (conversation.isRunning) conversation.stop();
  else conversation.keep();
});
window.addEventListener('hashchange', () => {
  const chat = readChat(location.hash.slice(1));
  if (chat !== undefined && chat.id !== conversation.chat.id) open(chat);
});
onOtherTab(drawChats);
await start();

/** Goes on with the chat of the address, also with an answer that was under way when the page was left. */
async function start() {
  open(readChat(location.hash.slice(1)) ?? newChat());
  await readModels();
}

async function readModels() {
  try {
    const { data } = await (await ask('v1/models')).json();
    model.replaceChildren(...data.map((/** @type {{ id: string }} */ { id }) => element('option', { value: id }, id)));
    model.disabled = data.length === 0;
    if (data.length === 0)
      return conversation.fail(
        'No agent package is loaded. Set AGENT_MODE_PACKAGE_DIR to one and start the server again.',
      );
    conversation.fail('');
    chooseModel();
    await toggles.read();
    await conversation.resume();
  } catch (error) {
    if (error instanceof ServerError && error.status === 401) return needsKey(error.message);
    conversation.fail(error instanceof Error ? error.message : String(error));
    if (error instanceof ServerError && error.retryAfter !== undefined)
      setTimeout(() => void readModels(), error.retryAfter * 2_000);
  }
}

function chooseModel() {
  const { chat } = conversation;
  if ([...model.options].some(({ value }) => value === chat.model)) model.value = chat.model;
  else chat.model = model.value;
}

/** @param {string} [problem] */
function needsKey(problem) {
  void askForKey(problem).then((given) => (given ? readModels() : undefined));
}

/** @param {Chat} chat */
function open(chat) {
  conversation.open(chat);
  history.replaceState(null, '', chat.messages.length > 0 ? `#${chat.id}` : location.pathname);
  if (model.options.length > 0) {
    chooseModel();
    void toggles.read();
    void conversation.resume();
  }
  drawChats();
  showSidebar(false);
  prompt.focus();
}

function submit() {
  const text = prompt.value;
  const mayBeSaid = !conversation.isRunning || /^\s*\/(approve|deny)\s/.test(text);
  if (text.trim() === '' || !mayBeSaid || model.disabled) return;
  prompt.value = '';
  grow();
  void conversation.say(text);
}

/** The list of chats; the open one belongs to the address from its first message on. */
function drawChats() {
  const { id, messages } = conversation.chat;
  if (messages.length > 0 && location.hash !== `#${id}`) history.replaceState(null, '', `#${id}`);
  byId('chats').replaceChildren(
    ...allChats().map((chat) =>
      element(
        'li',
        {},
        button(chat.title || 'New chat', () => open(readChat(chat.id) ?? newChat()), {
          className: 'plain chat',
          ...(chat.id === id && { 'aria-current': 'page' }),
        }),
        button('✕', () => remove(chat), { className: 'plain remove', 'aria-label': `Delete the chat ${chat.title}` }),
      ),
    ),
  );
}

/** @param {Chat} chat */
function remove({ id, title }) {
  if (!confirm(`Delete the chat “${title}” from this browser?`)) return;
  if (id === conversation.chat.id) conversation.stop();
  deleteChat(id);
  if (id === conversation.chat.id) open(newChat(model.value));
  else drawChats();
}

/** @param {boolean} isShown */
function showSidebar(isShown) {
  document.body.classList.toggle('with-sidebar', isShown);
  shade.hidden = !isShown;
  byId('open-sidebar').setAttribute('aria-expanded', String(isShown));
  if (isShown) byId('new-chat').focus();
}

/** The field is as high as its text, up to what the style allows. */
function grow() {
  prompt.style.height = 'auto';
  prompt.style.height = `${prompt.scrollHeight}px`;
}
