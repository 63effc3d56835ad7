import {
  CloseSessionInput,
  CreateSessionInput,
  DeliverSessionInput,
  EscalationPage,
  ForkSessionInput,
  ReplyParentInput,
  RunPage,
  SessionEventPage,
  SessionEventsInput,
  SessionIdInput,
  SessionPage,
  SpawnPage,
  SpawnSessionInput,
} from '../../../contract/http/mcp-sessions.ts';
import type { SessionRecord } from '../../../contract/http/session.ts';
import { SessionListReply, SessionQuery } from '../../../contract/http/session.ts';
import type { LoggedEvent } from '../../../contract/workflow/stream-events.ts';
import type { ApiDeps } from '../../http/deps.ts';
import { eventSource, sessionEvent } from '../../sessions/session-events.ts';
import { eventPage } from '../paging/events.ts';
import { inList } from '../paging/record.ts';
import { fittingPage } from '../paging/size.ts';
import { defineTool, READ_ONLY, type McpTool } from '../tool.ts';
import { runPage } from './runs.ts';

const subject = 'sessions';
const WRITES = { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true } as const;

/** The tools that create, read and end sessions. */
export const sessionTools = (deps: ApiDeps): McpTool[] => [
  createSession(deps),
  getSession(deps),
  listSessions(deps),
  sessionEvents(deps),
  forkSession(deps),
  spawnSession(deps),
  replyParent(deps),
  deliverSession(deps),
  closeSession(deps),
];

const sessionPage = (session: SessionRecord) => {
  const { cut = [], ...record } = inList(session);
  return { session: record, cut };
};

const createSession = ({ sessions }: ApiDeps): McpTool =>
  defineTool({
    ...{ name: 'create_session', title: 'Create a session', subject, annotations: WRITES },
    description:
      'Creates a session: an agent that keeps its conversation and files from message to message. Give it messages with send_message.',
    input: CreateSessionInput,
    output: SessionPage,
    call: async ({ idempotency_key: key, ...request }, { owner }) =>
      sessionPage(await sessions.create(request, { owner, key })),
  });

const getSession = ({ sessions }: ApiDeps): McpTool =>
  defineTool({
    ...{ name: 'get_session', title: 'Read a session', subject, annotations: READ_ONLY },
    description:
      'The state of a session: status, the run under way, those that wait, children, pending approvals and cost.',
    input: SessionIdInput,
    output: SessionPage,
    call: async ({ session_id }, { owner }) => sessionPage(await sessions.reader.get(session_id, owner)),
  });

const listSessions = ({ sessions }: ApiDeps): McpTool =>
  defineTool({
    ...{ name: 'list_sessions', title: 'List sessions', subject, annotations: READ_ONLY },
    description:
      'Lists sessions: open ones first, as many as fit into one answer. Pass next_cursor as cursor for the next page.',
    input: SessionQuery,
    output: SessionListReply,
    call: (query, { owner }) =>
      fittingPage(query.limit, async (limit) => {
        const page = await sessions.reader.list(owner, { ...query, limit });
        return { ...page, sessions: page.sessions.map((session) => sessionPage(session).session) };
      }),
  });

const sessionEvents = (deps: ApiDeps): McpTool =>
  defineTool({
    ...{ name: 'session_events', title: "Read a session's events", subject, annotations: READ_ONLY },
    description:
      'What the agent of a session said and did, in order, as many events as fit into one answer. Pass next_cursor as cursor to read what came after. An event that is too large for one answer comes alone and in parts: cut says which part is here.',
    input: SessionEventsInput,
    output: SessionEventPage,
    call: async ({ session_id, ...query }, { owner }) => {
      const source = eventSource(await deps.sessions.reader.owned(session_id, owner));
      const page = await eventPage(deps, source, query);
      return {
        ...page,
        events: page.events.map((event) => ({ ...event, ...sessionEvent(session_id, event as LoggedEvent) })),
      };
    },
  });

const forkSession = ({ sessions }: ApiDeps): McpTool =>
  defineTool({
    ...{ name: 'fork_session', title: 'Fork a session', subject, annotations: WRITES },
    description:
      'Creates a session that begins with the conversation of another one, all of it or up to an event, and leaves that as it is. Its files are new.',
    input: ForkSessionInput,
    output: SessionPage,
    call: async ({ session_id, idempotency_key: key, ...request }, { owner }) =>
      sessionPage(await sessions.forks.fork(session_id, request, { owner, key })),
  });

const spawnSession = ({ sessions }: ApiDeps): McpTool =>
  defineTool({
    ...{ name: 'spawn_session', title: 'Start a child session', subject, annotations: WRITES },
    description:
      'Starts a session below another one, with a task. The parent gets a message when that is done, unless wake is false.',
    input: SpawnSessionInput,
    output: SpawnPage,
    call: async ({ session_id, ...body }, { owner }) => {
      const spawned = await sessions.family.spawn(session_id, body, { owner, key: body.idempotency_key });
      return { session: sessionPage(spawned.session).session, run: spawned.run };
    },
  });

const replyParent = ({ sessions }: ApiDeps): McpTool =>
  defineTool({
    ...{ name: 'reply_parent', title: 'Tell the parent session something', subject, annotations: WRITES },
    description: 'Tells the parent of a child session something: an answer, a question, or that it needs permission.',
    input: ReplyParentInput,
    output: EscalationPage,
    call: ({ run_id, ...body }, { owner }) =>
      sessions.family.replyParent(run_id, body, { owner, key: body.idempotency_key }),
  });

const deliverSession = ({ sessions }: ApiDeps): McpTool =>
  defineTool({
    ...{ name: 'deliver_session', title: "Deliver a session's work", subject, annotations: WRITES },
    description:
      'Commits what a session has made in its repository, pushes it and opens or updates the pull request, by a run of its own: wait for it with wait_run.',
    input: DeliverSessionInput,
    output: RunPage,
    call: async ({ session_id, title, idempotency_key: key }, { owner }) => {
      const { run } = await sessions.deliver(session_id, { title }, { owner, key });
      if (run === null) throw new Error('a delivery has no run');
      return runPage({ sessions }, run, owner);
    },
  });

const closeSession = ({ sessions }: ApiDeps): McpTool =>
  defineTool({
    ...{ name: 'close_session', title: 'Close a session', subject },
    description:
      'Closes a session: it takes no more messages and ends when its runs have ended, or with cancel: true at once.',
    input: CloseSessionInput,
    output: SessionPage,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    call: async ({ session_id, ...body }, { owner }) => sessionPage(await sessions.close(session_id, owner, body)),
  });
