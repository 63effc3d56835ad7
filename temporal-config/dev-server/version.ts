/** Version of the Temporal CLI that is downloaded or built; server/go.mod pins the same one. */
export const TEMPORAL_VERSION = '1.5.1';
