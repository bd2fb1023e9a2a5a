import { start } from "./start";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Parley needs Node 20.19 or later; this is ${process.versions.node}. Install a newer Node.\n`);
  process.exit(1);
}
await start();
