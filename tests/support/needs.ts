import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from '@jest/globals';

/** Whether `program` can be started from PATH. */
export function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** `test` where `program` is installed; else `test.skip`, so that the report names every case that did not run. */
export function needs(program: string): typeof test | typeof test.skip {
  return onPath(program) ? test : test.skip;
}
