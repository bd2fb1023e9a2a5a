/** `npm run dev`: pages reload in place, the server restarts when its sources change. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { main, prepare, root } from "./setup.mjs";

await main(prepare);
const tsx = join(root, "node_modules", "tsx", "dist", "cli.mjs");
const watched = ["watch", "--clear-screen=false", "--exclude", "app/**", "--exclude", "components/**"];
const child = spawn(process.execPath, [tsx, ...watched, join("server", "index.ts")], {
  cwd: root,
  env: { ...process.env, NODE_ENV: "development" },
  stdio: "inherit",
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.once("close", (code) => process.exit(code ?? 0));
