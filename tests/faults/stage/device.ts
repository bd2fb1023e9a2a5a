import { decodeJwt, SignJWT } from "jose";
import { systemClock } from "@/lib/client/platform";
import { logIn, type Person } from "../../harness/people";
import { testSecrets } from "../../harness/replica";
import type { Device } from "./screen";

export interface HeldDevice {
  device: Device;
  sessionId: string;
  /** Moves the device's clock; its timers go on as they are. */
  shift(ms: number): void;
  /** How often it has asked for a new access token. */
  renewals(): number;
}

/**
 * A device whose clock the test holds in its hand, with a session of its own that can be renewed. Its first access token
 * is signed by the test to live `life` ms, because a real one would take a quarter of an hour to expire.
 */
export async function holdDevice(person: Person, life: number): Promise<HeldDevice> {
  const { accessToken: issued, refreshToken } = await logIn(person.url, person.user.username, person.password);
  const claims = decodeJwt(issued);
  const short = await new SignJWT({ ...claims, exp: Math.floor((Date.now() + life) / 1_000) })
    .setProtectedHeader({ alg: "HS256", typ: "at+jwt" })
    .sign(new TextEncoder().encode(testSecrets.JWT_SECRET));
  let offset = 0;
  let renewals = 0;
  return {
    device: {
      // The device takes it for an ordinary one: it finds out only when the server refuses it.
      bearer: { accessToken: short, expiresAt: new Date(Date.now() + 15 * 60_000).toISOString(), refreshToken },
      clock: { ...systemClock, now: () => Date.now() + offset },
      fetch(input, init) {
        if (input.endsWith("/api/auth/refresh")) renewals += 1;
        return fetch(input, init);
      },
    },
    sessionId: String(claims.sid),
    shift(ms) {
      offset += ms;
    },
    renewals: () => renewals,
  };
}
