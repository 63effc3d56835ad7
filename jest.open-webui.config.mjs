// Open WebUI in a browser, which `npm test` leaves out: `npm run open-webui`.
import { temporal, tier } from './jest.config.mjs';

export default { projects: [tier('open-webui', temporal)], testTimeout: 60_000 };
