import { appendFileSync, renameSync, statSync } from "node:fs";

/**
 * A log file that never grows past `limit` bytes: when it would, what it holds becomes `<file>.1` (replacing the
 * one before) and it starts anew. Written synchronously, so that nothing is lost when the process is killed.
 */
export function boundedLog(file: string, limit = 5 * 1024 * 1024): (text: string) => void {
  let size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return (text) => {
    const bytes = Buffer.byteLength(text);
    if (size > 0 && size + bytes > limit) {
      renameSync(file, `${file}.1`);
      size = 0;
    }
    appendFileSync(file, text, { mode: 0o600 });
    size += bytes;
  };
}
