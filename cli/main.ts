#!/usr/bin/env node
import { watchStreams } from './output/streams.ts';
import { createProgram } from './program.ts';
import { report } from './report-error.ts';

watchStreams();
const given = process.argv.slice(2);
// As an MCP client starts a program that is known by its name only.
const unasked = process.env.AGENTICORE_TRANSPORT?.trim() === 'stdio' ? ['mcp'] : ['--help'];
try {
  await createProgram().parseAsync(given.length === 0 ? unasked : given, { from: 'user' });
} catch (error) {
  process.exitCode = report(error);
}
