/** `npm run check`: lint, types and the direction of imports. */
import { checks } from "./checks.mjs";
import { main, prepare } from "./setup.mjs";

await main(prepare);
let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  const passed = await check();
  process.stdout.write(`${name}: ${passed ? "passed" : "failed"}\n`);
  if (!passed) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
