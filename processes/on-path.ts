import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Whether a program with this name can be started from PATH. */
export const isOnPath = (program: string): Promise<boolean> =>
  Promise.any(
    (process.env.PATH ?? '').split(delimiter).map((folder) => access(join(folder, program), constants.X_OK)),
  ).then(
    () => true,
    () => false,
  );
