// Long drills, which `npm test` leaves out: `npm run drills`.
import { temporal, tier } from './jest.config.mjs';

export default { projects: [tier('drills', temporal)], testTimeout: 300_000 };
