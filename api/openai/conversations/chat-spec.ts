import { defined } from '../../../contract/shared/defined.ts';
import type { SessionSpec } from '../../../contract/workflow/session-state.ts';
import type { Config } from '../../../config/index.ts';
import { sessionTerms } from '../../sessions/spec.ts';
import type { ChatTurn } from '../turn.ts';

/** Seconds after which a session of one turn is closed when it has answered. */
const ALONE_IDLE_S = 30;

/** Model of the agent for titles and the like. */
const SMALL_MODELS: Readonly<Record<string, string>> = { claude: 'haiku' };

/** What the session of a chat asks for; `isAlone`: it has one turn. */
export function chatSpec(
  { conversationTtl, modelWaitS }: Pick<Config, 'conversationTtl' | 'modelWaitS'>,
  { package: { name, profile }, cli_model, is_task }: Pick<ChatTurn, 'package' | 'cli_model' | 'is_task'>,
  { isAlone }: { isAlone: boolean },
): SessionSpec {
  const small = is_task ? SMALL_MODELS[profile.agent] : undefined;
  const tools = is_task ? ('none' as const) : undefined;
  return {
    ...{ profile: name, package: name, title: name },
    ...defined({ tools, model: cli_model ?? small }),
    ...sessionTerms(profile),
    ...{ model_wait_s: modelWaitS, idle_ttl_s: isAlone ? ALONE_IDLE_S : conversationTtl },
  };
}
