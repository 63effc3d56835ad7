import { AGENTS } from './agents.ts';
import { FORGES } from './forges.ts';
import { HOUSEKEEPING } from './housekeeping.ts';
import { LOGGING } from './logging.ts';
import { PROFILES } from './profiles.ts';
import { REPOSITORIES } from './repositories.ts';
import { SERVER } from './server.ts';
import { SERVICES } from './services.ts';

/** Every setting, by its name in Config, in the order of the documentation. In the file a setting is called like its variable, in small letters and without `AGENTICORE_`. */
export const SETTINGS = {
  ...SERVER,
  ...REPOSITORIES,
  ...AGENTS,
  ...HOUSEKEEPING,
  ...PROFILES,
  ...SERVICES,
  ...FORGES,
  ...LOGGING,
};
