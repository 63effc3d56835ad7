#!/usr/bin/env node
import { runCommandLine } from '../command-line.ts';
import { createAgentctl } from './program.ts';

const given = process.argv.slice(2);
await runCommandLine(createAgentctl(), given.length === 0 ? ['--help'] : given);
