import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from '../config/index.ts';

/** Fields that must never be written, wherever they come from. */
const SECRET_FIELDS = ['req.headers', 'headers', '*.apiKey', '*.password', '*.githubToken', '*.redisUrl'];

/** The log of this process, on stderr: lines for people on a terminal, JSON for machines elsewhere. */
export function createLogger({ logLevel }: Pick<Config, 'logLevel'>): Logger {
  const options = {
    level: logLevel,
    redact: { paths: SECRET_FIELDS, remove: true },
    serializers: { error: pino.stdSerializers.err },
  };
  if (!process.stderr.isTTY) return pino(options, pino.destination(2));
  return pino(
    options,
    pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss', singleLine: true }),
  );
}
