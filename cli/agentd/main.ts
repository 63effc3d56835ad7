#!/usr/bin/env node
import { runCommandLine } from '../command-line.ts';
import { createAgentd } from './program.ts';

await runCommandLine(createAgentd(), process.argv.slice(2));
