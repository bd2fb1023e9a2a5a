import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CrowdSize } from "./crowd";
import { reportCase } from "./report";
import { type OpenStage, openStage, type Stage } from "./stage";

export interface MatrixRow {
  id: string;
  fault: string;
  /** Part of `npm test`, too. */
  quick?: boolean;
  /** What must exist first. */
  waitsFor?: string;
}

export const matrix: MatrixRow[] = JSON.parse(readFileSync(join(import.meta.dirname, "..", "matrix.json"), "utf8"));

export interface ScenarioOptions {
  /** The whole case, its end included, in ms. */
  timeout?: number;
  /** Of the crowd, where the matrix's would only be in the way. The first case of a file decides. */
  size?: CrowdSize;
  /** Only where the whole matrix runs, though other scenarios of the same case are part of `npm test`. */
  wholeMatrix?: boolean;
}

let stage: OpenStage | undefined;

/** The file's stage: opened by the first case, and anew after a case that failed and may have left anything behind. */
async function currentStage(size?: CrowdSize): Promise<OpenStage> {
  stage ??= await openStage(size);
  return stage;
}

async function closeStage(): Promise<void> {
  const open = stage;
  stage = undefined;
  await open?.close();
}

afterAll(closeStage, 30_000);

/** Whether the run wants this case: all of them, those of `npm test` (`FAULTS=quick`), or those named (`FAULTS=F06,F07`). */
function isWanted(id: string, wholeMatrix: boolean): boolean {
  const wanted = process.env.FAULTS ?? "";
  if (wanted === "") return true;
  if (wanted === "quick") return !wholeMatrix && matrix.some((row) => row.id === id && row.quick);
  return wanted.split(",").includes(id);
}

/**
 * One case of the fault matrix. It gets a stage that is whole and leaves one that is whole; when `play` returns, the load is
 * stopped, every screen is compared with the database and I1 to I8 are judged, also if it did so itself.
 */
export function scenario(
  ids: string | readonly string[],
  what: string,
  play: (stage: Stage) => Promise<void>,
  { timeout = 120_000, wholeMatrix = false, size }: ScenarioOptions = {},
): void {
  const all = [ids].flat();
  if (!all.some((id) => isWanted(id, wholeMatrix))) return;
  test(
    `${all.join(", ")}: ${what}`,
    async () => {
      const since = Date.now();
      let passed = false;
      const open = await currentStage(size);
      try {
        await play(open);
        await open.settle();
        passed = true;
      } finally {
        const seconds = Math.round((Date.now() - since) / 1_000);
        reportCase({ ids: all, what, figures: open.takeFigures(), passed, seconds });
        if (!passed) await closeStage();
      }
    },
    timeout + 60_000,
  );
}
