// The Temporal Web UI in a browser, which `npm test` leaves out: `npm run web-ui-pictures`.
import { tier } from './jest.config.mjs';

export default { projects: [tier('web-ui')], testTimeout: 120_000 };
