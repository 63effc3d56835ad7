// A real Collector of OpenTelemetry, which `npm test` leaves out: `npm run collector-check`.
import { temporal, tier } from './jest.config.mjs';

export default { projects: [tier('collector', temporal)], testTimeout: 120_000 };
