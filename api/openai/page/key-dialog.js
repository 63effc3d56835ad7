/** Asks for the API key. */
import { byId } from './dom.js';
import { keys } from './server.js';

const dialog = () => byId('key-dialog');

/** Listens to the dialog's buttons. */
export function watchKeyDialog() {
  byId('key-form').addEventListener('submit', (/** @type {Event} */ event) => {
    event.preventDefault();
    keys.set(byId('key').value.trim(), byId('remember').checked);
    dialog().close('given');
  });
  byId('cancel-key').addEventListener('click', () => dialog().close(''));
  byId('forget-key').addEventListener('click', () => (keys.forget(), dialog().close('given')));
}

/**
 * Resolves to whether a key was given, or taken back.
 * @param {string} [problem] Why it is asked for.
 * @returns {Promise<boolean>}
 */
export function askForKey(problem = '') {
  const shown = byId('key-problem');
  shown.textContent = problem;
  shown.hidden = problem === '' || keys.get() === '';
  byId('key').value = '';
  if (!dialog().open) {
    dialog().returnValue = '';
    dialog().showModal();
  }
  return new Promise((resolve) =>
    dialog().addEventListener('close', () => resolve(dialog().returnValue === 'given'), { once: true }),
  );
}
