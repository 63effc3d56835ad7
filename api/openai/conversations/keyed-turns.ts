import { checkRepeated } from '../../sessions/ask.ts';
import type { ChatTurn } from '../turn.ts';
import { shortHash } from './chain.ts';
import type { Place } from './place.ts';
import type { FoundTurn, TurnFinder } from './turn-finder.ts';
import type { TurnRecords } from './turn-records.ts';

/**
 * The turn of a request; with an Idempotency-Key that for which it was used first. Throws 422 `idempotency_mismatch`,
 * and what TurnFinder.find throws.
 */
export async function findByKey(
  { finder, turns }: { finder: TurnFinder; turns: TurnRecords },
  turn: ChatTurn,
  place: Place,
): Promise<FoundTurn> {
  const { body_hash } = place;
  if (turn.idempotency_key === undefined) return finder.find(turn, place);
  const name = shortHash(turn.owner, turn.package.name, turn.idempotency_key);
  const known = await turns.usedKey(name);
  const used = known && (await turns.get(known.list, known.key));
  const isFree = used?.refused === true;
  if (known !== undefined && !isFree) checkRepeated(known.body_hash, body_hash);
  if (used !== undefined && !isFree) return { turn: used };
  const found = await finder.find(turn, place);
  const { list, key } = found.turn;
  const use = { body_hash, list, key };
  const first = isFree ? await turns.reuseKey(name, use) : await turns.claimKey(name, use);
  if (first.key === key) return found;
  await turns.refuse(found.turn);
  checkRepeated(first.body_hash, body_hash);
  return { turn: (await turns.get(first.list, first.key)) ?? found.turn };
}
