import type { z } from 'zod';
import type { ModelRecord } from '../../contract/http/chat.ts';
import { CLI_MODELS, type AgentPackage, type Packages } from '../../packages/package.ts';
import { ApiError } from '../http/api-error.ts';

/** Who answers to a name, and with which model of its CLI where the name says. */
export interface ChosenModel {
  package: AgentPackage;
  cli_model: string | undefined;
}

/** The package that `name` means, also with a provider before it; 404 `model_not_found` names those that there are. */
export function chooseModel({ packages }: Packages, name: string): ChosenModel {
  for (const asked of [name, name.slice(name.lastIndexOf('/') + 1)]) {
    const found = packages.find((each) => each.name === asked);
    if (found !== undefined) return { package: found, cli_model: undefined };
    const [first] = packages;
    if (first !== undefined && CLI_MODELS.includes(asked))
      return { package: first, cli_model: asked === 'default' ? undefined : asked };
  }
  const names = packages.map((each) => each.name).join(', ');
  const remedy = names === '' ? 'no agent package is served: set AGENT_MODE' : `choose one of ${names}`;
  throw new ApiError('model_not_found', `the model ${name.slice(0, 100)} does not exist; ${remedy}`, 'model');
}

/** A package as a model of the API. */
export const modelRecord = ({ name, created, description }: AgentPackage): z.infer<typeof ModelRecord> => ({
  ...{ id: name, object: 'model' as const, created, owned_by: 'agenticore' },
  ...(description !== '' && { description }),
});
