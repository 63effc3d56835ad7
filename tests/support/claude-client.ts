import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLAUDE } from './model-agent.ts';
import type { World } from './world.ts';

/** A Claude Code session that uses an MCP server. */
export interface ClaudeClient {
  child: ChildProcess;
  /** Everything it said, as stream-json, when it has ended. */
  said: Promise<StreamMessage[]>;
  /** SIGKILL, as a crash would. */
  kill: () => Promise<void>;
}

interface StreamMessage {
  type: string;
  subtype?: string;
  result?: string;
  mcp_servers?: { name: string; status: string }[];
}

/** Starts the real CLI with one MCP server, `agenticore`, against the world's model. */
export async function startClaude({ dir, model }: World, prompt: string, server: object): Promise<ClaudeClient> {
  const home = join(dir, `client-${Date.now()}`);
  await mkdir(home);
  const config = join(home, 'mcp.json');
  await writeFile(config, JSON.stringify({ mcpServers: { agenticore: server } }));
  const child = spawn(
    CLAUDE,
    [
      '-p',
      prompt,
      '--mcp-config',
      config,
      '--strict-mcp-config',
      '--setting-sources',
      'user',
      '--output-format',
      'stream-json',
      '--verbose',
      '--permission-mode',
      'dontAsk',
      '--allowedTools',
      'mcp__agenticore__*',
    ],
    {
      cwd: home,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env.PATH,
        HOME: home,
        CLAUDE_CONFIG_DIR: home,
        ANTHROPIC_BASE_URL: model.url,
        ANTHROPIC_API_KEY: 'sk-ant-of-the-client',
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      },
    },
  );
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const closed = once(child, 'close');
  const said = closed.then(() =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as StreamMessage),
  );
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await closed;
  };
  return { child, said, kill };
}
