/** Elements without markup: what an agent or a user says is only ever set as text. */

/**
 * An element with properties and children; a string is text.
 * @param {string} tag
 * @param {Record<string, unknown>} [properties] Names with a dash are attributes, those that begin with `on` listeners.
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (name.includes('-') || name === 'role') made.setAttribute(name, String(value));
    else Object.assign(made, { [name]: value });
  }
  made.append(...children);
  return made;
}

/**
 * The element of the page that has this id.
 * @param {string} id
 * @returns {any}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * A button that does something.
 * @param {string} label
 * @param {() => unknown} onclick
 * @param {Record<string, unknown>} [more]
 */
export const button = (label, onclick, more = {}) => element('button', { type: 'button', onclick, ...more }, label);

/**
 * A button that puts a text on the clipboard and says so.
 * @param {() => string} text
 */
export function copyButton(text) {
  const made = button(
    'Copy',
    async () => {
      made.textContent = (await copy(text())) ? 'Copied' : 'Not allowed';
      setTimeout(() => (made.textContent = 'Copy'), 1_500);
    },
    { className: 'plain copy' },
  );
  return made;
}

/** The clipboard's own interface is for secure addresses only. @param {string} text */
async function copy(text) {
  if (window.isSecureContext)
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  const area = element('textarea', { value: text, className: 'unseen' });
  document.body.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  return copied;
}
