const refused = (meaning: string, nextStep: string) => ({ meaning, permanent: true, nextStep });

/** How what is asked of a session can fail, by the stable code that users see. */
export const SESSION_FAILURES = {
  approval_gone: refused(
    'No agent waits for this approval any more.',
    'Read the run: it has ended, or its agent asks again where it goes on.',
  ),
  budget_exceeded: refused(
    'The session has cost as much as it may.',
    'Go on in a new session, with a larger `max_budget_usd`.',
  ),
  child_limit: refused(
    'The session may not have another child.',
    'Use a child that it has, or create the parent with larger `max_children` and `max_depth`.',
  ),
  invalid_package: refused(
    'The agent package is not valid.',
    'Correct what the message names; `agenticore agents check` finds it, too.',
  ),
  package_not_found: refused(
    'The server has no agent package with this name, or the worker of the session has none.',
    'Choose one that `agenticore agents list` shows; several workers need the same packages.',
  ),
  session_busy: refused(
    'A run of the session is under way, and the message was not to wait.',
    'Send the message again when the run has ended, or with `mode` set to queue or steer.',
  ),
  session_closed: refused('The session is closed.', 'Create a new session with `POST /sessions`.'),
  session_full: refused(
    'As many runs of the session wait as may.',
    'Send the message again when some of them have begun, or cancel some.',
  ),
} as const;
