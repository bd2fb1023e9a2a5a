/** `npm run build`: pages into .next, the server into dist/server. With `--tests`: the build that tests run. */
import { build, main, prepare } from "./setup.mjs";

await main(async () => {
  await prepare();
  await build({ forTests: process.argv.includes("--tests") });
});
