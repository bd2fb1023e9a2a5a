/** `npm start`: whatever set-up is missing, then the production server in this process. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, main, prepare, root } from "./setup.mjs";

await main(async () => {
  await prepare();
  await build();
});
process.env.NODE_ENV = "production";
await import(pathToFileURL(join(root, "dist", "server", "index.mjs")).href);
