#!/usr/bin/env node
import { watchStreams } from './output/streams.ts';
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';

watchStreams();
const given = process.argv.slice(2);
// An MCP client may know only the name of the program and start it without arguments.
const byDefault = process.env.AGENTICORE_TRANSPORT?.trim() === 'stdio' ? ['mcp'] : ['--help'];
try {
  await createProgram().parseAsync(given.length === 0 ? byDefault : given, { from: 'user' });
} catch (error) {
  process.exitCode = reportError(error);
}
