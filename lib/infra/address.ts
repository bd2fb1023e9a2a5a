import { isIPv6 } from "node:net";

/**
 * What stands for a client's address in limits: IPv4 as it is (also when mapped into IPv6), IPv6 by its /64, since
 * one household or server owns at least that much.
 */
export function addressKey(address: string): string {
  const bare = address.replace(/%.*$/, "");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare);
  if (mapped?.[1]) return mapped[1];
  if (!isIPv6(bare)) return bare.slice(0, 64) || "unknown";
  const [head = "", tail] = bare.split("::");
  const before = head ? head.split(":") : [];
  const after = tail ? tail.split(":") : [];
  // A dotted IPv4 ending stands for two groups; it never reaches into the first four.
  const width = before.length + after.length + (bare.includes(".") ? 1 : 0);
  const zeros = tail === undefined ? 0 : 8 - width;
  const groups = [...before, ...Array<string>(Math.max(0, zeros)).fill("0"), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
