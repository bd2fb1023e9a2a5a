let passages = 0;

/**
 * A place where a build made for tests can be told to die: PARLEY_FAILPOINT="after-commit:3" kills the process at the
 * third passage of `after-commit`; "locked:1:SIGSTOP" stops it at the first of `locked`, within a transaction that holds a
 * room's lock. In every other build the condition is the constant false and the body is removed.
 */
export function failpoint(name: "before-commit" | "after-commit" | "after-publish" | "locked"): void {
  if (process.env.PARLEY_FAILPOINTS === "built-in") {
    const [chosen, at = "1", signal = "SIGKILL"] = process.env.PARLEY_FAILPOINT?.split(":") ?? [];
    if (chosen !== name) return;
    passages += 1;
    if (passages === Number(at)) process.kill(process.pid, signal);
  }
}

/** Mistakes that the checker of the fault tests must find, one for each of its invariants I1 to I8. */
export type Defect =
  | "undo-commit"
  | "store-twice"
  | "other-place"
  | "refuse-stored"
  | "keep-listening"
  | "miscount"
  | "reject-unhandled"
  | "burn-number";

/**
 * Whether a build made for tests was told (PARLEY_DEFECT) to make this mistake. Ask only behind
 * `process.env.PARLEY_FAILPOINTS === "built-in"`, spelled out: then every other build is made without what follows.
 */
export function defect(name: Defect): boolean {
  return process.env.PARLEY_DEFECT === name;
}
