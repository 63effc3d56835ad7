/** User name and token for one remote; they travel in the environment of the git that needs them and nowhere else. */
export interface Credentials {
  username: string;
  password: string;
}
