import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from '@jest/globals';

/** Where `program` is: on PATH, or with the system's daemons, which not everybody has on it. */
export function programFile(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  return folders
    .map((folder) => join(folder, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/**
 * `test` where all the programs are installed; else `test.skip`, so that the report names every case that did not run.
 */
export function needs(...programs: string[]): typeof test | typeof test.skip {
  return programs.every((program) => programFile(program) !== undefined) ? test : test.skip;
}
