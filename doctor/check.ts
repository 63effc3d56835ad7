/** What one look at the machine came to. */
export interface Check {
  name: string;
  /** `warn`: it works, but not as well as it could; `fail`: jobs will fail, or the server will not start. */
  status: 'ok' | 'warn' | 'fail';
  message: string;
  /** What to do about it. */
  next_step?: string;
}

export const ok = (name: string, message: string): Check => ({ name, status: 'ok', message });
export const warn = (name: string, message: string, next_step: string): Check => ({
  name,
  status: 'warn',
  message,
  next_step,
});
export const fail = (name: string, message: string, next_step: string): Check => ({
  name,
  status: 'fail',
  message,
  next_step,
});
