#!/usr/bin/env node
import { runCommandLine } from './command-line.ts';
import { createProgram } from './program.ts';

const given = process.argv.slice(2);
// An MCP client may know only the name of the program and start it without arguments.
const byDefault = process.env.AGENTICORE_TRANSPORT?.trim() === 'stdio' ? ['mcp'] : ['--help'];
await runCommandLine(createProgram(), given.length === 0 ? byDefault : given);
