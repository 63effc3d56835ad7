import { EventReply } from '../contract/http/replies.ts';
import type { LoggedEvent, StreamEvent } from '../contract/workflow/stream-events.ts';

/** An event as a server sends it. Only `type` is checked: unknown fields of a newer server are passed on. */
export const Logged = EventReply.shape.events.element.transform(({ event, ...rest }): LoggedEvent => ({
  ...rest,
  event: event as StreamEvent,
}));
