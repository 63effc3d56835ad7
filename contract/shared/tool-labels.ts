/** The fields of a tool's input that say most about the call, best first. */
const TELLING = ['command', 'file_path', 'path', 'notebook_path', 'pattern', 'url', 'query', 'description', 'prompt'];

/** What a tool is called with: its most telling field, else its input as JSON. It is the agent's text, as it stands. */
export function toolWords(input: unknown): string {
  if (input === null || input === undefined) return '';
  if (typeof input !== 'object') return JSON.stringify(input);
  const fields = input as Record<string, unknown>;
  const telling = TELLING.map((name) => fields[name]).find((value) => typeof value === 'string');
  if (telling !== undefined) return telling;
  return Object.keys(fields).length === 0 ? '' : JSON.stringify(input);
}
