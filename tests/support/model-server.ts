import { startScriptedModel, type ScriptedModel, type Script } from './model/scripted-model.ts';

/** Runs `body` with a scripted model and closes it whatever happens. */
export async function withModel<Result>(
  script: Script,
  body: (model: ScriptedModel) => Promise<Result>,
): Promise<Result> {
  const model = await startScriptedModel(script);
  try {
    return await body(model);
  } finally {
    await model.close();
  }
}

/** A promise that a test settles: a model that holds its answer until then. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((settle) => {
    open = settle;
  });
  return { opened, open };
}
