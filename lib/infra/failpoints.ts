let passages = 0;

/**
 * A place where a build made for tests can be told to die: PARLEY_FAILPOINT="after-commit:3" kills the process at the
 * third passage of `after-commit`. In every other build the condition is the constant false and the body is removed.
 */
export function failpoint(name: "before-commit" | "after-commit" | "after-publish"): void {
  if (process.env.PARLEY_FAILPOINTS === "built-in") {
    const [chosen, at = "1"] = process.env.PARLEY_FAILPOINT?.split(":") ?? [];
    if (chosen !== name) return;
    passages += 1;
    if (passages === Number(at)) process.kill(process.pid, "SIGKILL");
  }
}
