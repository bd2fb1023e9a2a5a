import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * The policy of one page: only scripts that carry the request's nonce, and what those load. Styles may be inline:
 * the emoji picker and the dialogs bring their own, and a style cannot run code.
 */
function contentSecurityPolicy(nonce: string, secure: boolean, dev: boolean): string {
  return [
    "default-src 'self'",
    // React's development build evaluates code to rebuild stacks.
    `script-src 'nonce-${nonce}' 'strict-dynamic'${dev ? " 'unsafe-eval'" : ""}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "frame-src 'none'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    ...(secure ? ["upgrade-insecure-requests"] : []),
  ].join("; ");
}

/**
 * Sets what every answer carries. The policy is set on the request too: Next reads the nonce for its own scripts
 * from there.
 */
export function setSecurityHeaders(
  request: IncomingMessage,
  response: ServerResponse,
  { secure, dev }: { secure: boolean; dev: boolean },
): void {
  const policy = contentSecurityPolicy(randomBytes(16).toString("base64"), secure, dev);
  request.headers["content-security-policy"] = policy;
  response.setHeader("Content-Security-Policy", policy);
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("X-Frame-Options", "DENY");
  response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
  response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
  response.setHeader("Referrer-Policy", "strict-origin-when-cross-origin");
  response.setHeader("Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self), geolocation=()");
  if (secure) response.setHeader("Strict-Transport-Security", "max-age=63072000; includeSubDomains");
}
