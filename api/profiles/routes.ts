import { ProfileReply } from '../../contract/http/replies.ts';
import type { ApiDeps } from '../http/deps.ts';
import { listProfiles } from './list-profiles.ts';
import type { TypedApp } from '../http/typed-app.ts';

/** What a job may ask for as its `profile`. */
export function profileRoutes(app: TypedApp, { config }: ApiDeps): void {
  app.get('/profiles', { schema: { summary: 'List profiles', response: { 200: ProfileReply } } }, async () => {
    const profiles = await listProfiles(config);
    return { success: true as const, count: profiles.length, profiles };
  });
}
