#!/usr/bin/env node
import { watchStreams } from './output/streams.ts';
import { createProgram } from './program.ts';
import { report } from './report.ts';

watchStreams();
const words = process.argv.slice(2);
try {
  await createProgram().parseAsync(words.length === 0 ? ['--help'] : words, { from: 'user' });
} catch (error) {
  process.exitCode = report(error);
}
