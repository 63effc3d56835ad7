/**
 * The register of patches: every place where workflow code decides otherwise than a released version did.
 *
 * The rule: a workflow may run for weeks, under the code of several releases. From the first release on, a change of
 * what a workflow asks for (its activities, timers, signals, children, and their order) stands behind a function of
 * this file, `export const pushFirst = () => patched('push-first')`, whose comment names the version that brought it.
 * Its old branch goes, and `patched` becomes `deprecatePatch`, when no workflow of the versions before can run any
 * more: 40 days after the release (a seat lasts 30 days at most). What the memo and the Web UI show needs no patch.
 *
 * Nothing is released yet, so there is none.
 */
export {};
