import { AGENT_MODE } from './settings/agent-mode.ts';
import { AGENTS } from './settings/agents.ts';
import { FORGES } from './settings/forges.ts';
import { HOUSEKEEPING } from './settings/housekeeping.ts';
import { LOGGING } from './settings/logging.ts';
import { PROFILES } from './settings/profiles.ts';
import { REPOSITORIES } from './settings/repositories.ts';
import { SERVER } from './settings/server.ts';
import { SERVICES } from './settings/services.ts';
import { TELEMETRY } from './settings/telemetry.ts';

/**
 * Every setting, by its name in Config, in the order of the documentation. In the file a setting is called like its
 * variable, in small letters and without `AGENTICORE_`.
 */
export const SETTINGS = {
  ...SERVER,
  ...REPOSITORIES,
  ...AGENTS,
  ...AGENT_MODE,
  ...HOUSEKEEPING,
  ...PROFILES,
  ...SERVICES,
  ...FORGES,
  ...LOGGING,
  ...TELEMETRY,
};
