import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boundedLog } from "./bounded-log";

test("a log moves aside at its limit and keeps one predecessor", () => {
  const directory = mkdtempSync(join(tmpdir(), "parley-log-"));
  const file = join(directory, "server.log");
  const write = boundedLog(file, 10);
  for (const text of ["12345678", "abcdefgh", "ABCDEFGH"]) write(text);
  expect(readFileSync(file, "utf8")).toBe("ABCDEFGH");
  expect(readFileSync(`${file}.1`, "utf8")).toBe("abcdefgh");
  boundedLog(file, 10)("xyz");
  expect(readFileSync(file, "utf8")).toBe("xyz");
  rmSync(directory, { recursive: true });
});
