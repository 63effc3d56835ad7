import { emitKeypressEvents } from 'node:readline';

/** A key as its name (`up`, `return`, `ctrl-c`) or as the character that it types. */
type Press = (key: string) => void;

interface Key {
  name?: string;
  ctrl?: boolean;
  meta?: boolean;
  sequence?: string;
}

/** The keys that a person presses, one by one and without an echo; `close` gives the terminal its usual ways back. */
export function openKeyboard(input: NodeJS.ReadStream, press: Press): { close: () => void } {
  const hear = (typed: string | undefined, { name = '', ctrl = false, meta = false }: Key): void => {
    if (meta) return;
    if (ctrl) return press(`ctrl-${name}`);
    press(typed !== undefined && typed >= ' ' && typed !== '\u007f' ? typed : name);
  };
  emitKeypressEvents(input);
  input.setRawMode(true);
  input.on('keypress', hear);
  input.resume();
  return {
    close() {
      input.off('keypress', hear);
      input.setRawMode(false);
      input.pause();
    },
  };
}
