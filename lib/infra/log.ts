import pino, { type Logger } from "pino";
import { service } from "./registry";

const logger = service<Logger>("log");

/** The process's logger: structured, one line an entry, never with message bodies, tokens or passwords. */
export function log(): Logger {
  return (
    logger.find() ??
    logger.provide(
      pino({
        level: process.env.LOG_LEVEL || "info",
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        redact: {
          paths: [
            "*.password",
            "*.token",
            "*.accessToken",
            "*.refreshToken",
            "*.authorization",
            "*.cookie",
            "*.content",
          ],
          censor: "[redacted]",
        },
      }),
    )
  );
}
