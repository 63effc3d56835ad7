import { z } from 'zod';
import { setting } from '../setting.ts';

const level = z.string().pipe(z.enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error'));

/** What is logged. */
export const LOGGING = {
  logLevel: setting('AGENTICORE_LOG_LEVEL', level, 'info', 'Lowest level to log: debug, info, warn or error.'),
};
