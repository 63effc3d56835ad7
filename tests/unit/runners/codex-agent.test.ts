import { describe } from '@jest/globals';
import { codex, codexInvocation, createCodexPlayground } from '../../support/codex-agent.ts';
import { bash } from '../../support/model/scripts.ts';
import { describeAgent } from './agent.contract.ts';

describe('Codex', () => {
  describeAgent({
    agent: codex,
    createPlayground: createCodexPlayground,
    asking: { approvals: 'ask', invocation: codexInvocation({ approval_policy: 'untrusted' }) },
    shell: (command) => bash(command),
  });
});
