import { describe } from '@jest/globals';
import { createClaude } from '../../../runners/claude/agent.ts';
import { bash } from '../../support/model/scripts.ts';
import { CLAUDE, createPlayground, invocationOf } from '../../support/model-agent.ts';
import { describeAgent } from './agent.contract.ts';

describe('Claude Code', () => {
  describeAgent({
    agent: createClaude({ binary: CLAUDE }),
    createPlayground,
    asking: { approvals: 'ask', invocation: invocationOf('--permission-mode=default') },
    shell: (command) => bash(command),
  });
});
