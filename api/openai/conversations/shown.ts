import { z } from 'zod';
import { defined } from '../../../contract/shared/defined.ts';
import type { Visibility } from '../../../packages/package.ts';
import type { ChatTurn } from '../turn.ts';
import { shortHash } from './chain.ts';
import type { Records } from './records.ts';

const Kept = z
  .object({ thinking: z.boolean(), tools: z.boolean(), narration: z.boolean(), final: z.boolean() })
  .partial();

/** What users want to be shown: per agent and key for good, and per conversation for as long as that is kept. */
export class ShownSettings {
  readonly #lasting: Records;
  readonly #turns: Records;

  constructor(lasting: Records, turns: Records) {
    this.#lasting = lasting;
    this.#turns = turns;
  }

  /** What is shown for the turn, with what its last message changes, which holds from now on. */
  async change(turn: ChatTurn, changes: Partial<Visibility>): Promise<Visibility> {
    const { owner, package: agent, conversation } = turn;
    const list = `stream_config:${agent.name}`;
    const own = conversation && shortHash(owner, turn.user ?? null, conversation.id);
    const usual = await read(this.#lasting, list, owner);
    const here = own === undefined ? usual : await read(this.#turns, list, own);
    const said = { ...here, ...changes };
    if (Object.keys(changes).length > 0)
      await (own === undefined ? this.#lasting.put(list, owner, said) : this.#turns.put(list, own, said));
    return { ...agent.chat.show, ...usual, ...said };
  }
}

async function read(records: Records, list: string, key: string): Promise<Partial<Visibility>> {
  return defined(Kept.safeParse(await records.get(list, key)).data ?? {});
}
