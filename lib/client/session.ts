import type { Me } from "../protocol/objects";
import type { Api } from "./api";

/** Signing in and out, for the pages. All reject with `ApiError`; for `invalid` and `conflict`, `details` names the fields. */
export interface Session {
  login: (input: { login: string; password: string }) => Promise<Me>;
  register: (input: { email: string; username: string; name?: string; password: string }) => Promise<Me>;
  logout: () => Promise<void>;
}

export type MakeSession = (api: Api) => Session;
