/**
 * `tsx bench/flame.ts IN.cpuprofile OUT.svg "title"`: a flame graph of a CPU profile (BENCH_PROFILE writes them), as a
 * picture that any browser shows; a box names itself when pointed at. Time goes by width; callers stand above.
 */
import { readFileSync, writeFileSync } from "node:fs";

interface Profile {
  nodes: {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
    children?: number[];
  }[];
  samples: number[];
  timeDeltas: number[];
}

interface Frame {
  name: string;
  area: string;
  time: number;
  children: Map<string, Frame>;
}

const WIDTH = 1_200;
const ROW = 17;
const TOP = 48;
/** Boxes narrower than this, in pixels, are left out. */
const NARROWEST = 1;

const areas: [area: string, colour: string, matches: RegExp][] = [
  ["our own code", "#f59e0b", /dist\/server/],
  ["Socket.io, engine.io, ws", "#60a5fa", /node_modules\/(socket\.io|engine\.io|ws|debug)/],
  ["the database's client", "#34d399", /node_modules\/pg/],
  ["other packages", "#a78bfa", /node_modules/],
  ["Node and the system's calls", "#cbd5e1", /^node:|^$/],
];
const collection = ["garbage collection", "#f87171"] as const;
/** Not the server's own doing. */
const foreign = /^\((idle|program)\)$|probe\.mjs|^node:inspector/;

const escaped = (text: string) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

function areaOf(name: string, url: string): string {
  if (name === "(garbage collector)") return collection[0];
  return areas.find(([, , matches]) => matches.test(url))?.[0] ?? "other packages";
}

/** Adds up the samples, calls of the same function by the same callers together. */
function read({ nodes, samples, timeDeltas }: Profile): Frame {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)));
  const root: Frame = { name: "all", area: "Node and the system's calls", time: 0, children: new Map() };
  for (const [index, sample] of samples.entries()) {
    const stack: number[] = [];
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) stack.unshift(id);
    const frames = stack.slice(1).map((id) => (byId.get(id) as Profile["nodes"][number]).callFrame);
    if (frames.some(({ functionName, url }) => foreign.test(functionName) || foreign.test(url))) continue;
    const time = timeDeltas[index] ?? 0;
    root.time += time;
    let frame = root;
    for (const { functionName, url, lineNumber } of frames) {
      const file = url.replace(/^.*node_modules\//, "").replace(/^.*\/dist\//, "dist/");
      const name = `${functionName || "(anonymous)"}${file && ` ${file}:${lineNumber + 1}`}`;
      let child = frame.children.get(name);
      if (!child) {
        child = { name, area: areaOf(functionName, url), time: 0, children: new Map() };
        frame.children.set(name, child);
      }
      child.time += time;
      frame = child;
    }
  }
  return root;
}

function draw(root: Frame, title: string): string {
  const colours = new Map<string, string>([...areas.map(([area, colour]) => [area, colour] as const), collection]);
  const boxes: string[] = [];
  let deepest = 0;
  const place = (frame: Frame, x: number, depth: number) => {
    const width = (frame.time / root.time) * WIDTH;
    if (width < NARROWEST) return;
    deepest = Math.max(deepest, depth);
    const label = width > 40 ? escaped(frame.name.slice(0, Math.floor(width / 6.2))) : "";
    const share = ((frame.time / root.time) * 100).toFixed(1);
    boxes.push(
      `<g><title>${escaped(frame.name)} – ${share} %</title><rect x="${x.toFixed(1)}" y="${TOP + depth * ROW}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${colours.get(frame.area)}"/>${label && `<text x="${(x + 2).toFixed(1)}" y="${TOP + depth * ROW + 12}">${label}</text>`}</g>`,
    );
    let at = x;
    for (const child of [...frame.children.values()].sort((one, other) => other.time - one.time)) {
      place(child, at, depth + 1);
      at += (child.time / root.time) * WIDTH;
    }
  };
  place(root, 0, 0);
  const legend = [...colours].map(
    ([area, colour], index) =>
      `<rect x="${index * 195}" y="26" width="12" height="12" fill="${colour}"/><text x="${index * 195 + 16}" y="36">${escaped(area)}</text>`,
  );
  const height = TOP + (deepest + 1) * ROW;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="ui-monospace, monospace" font-size="10"><title>${escaped(title)}</title><rect width="${WIDTH}" height="${height}" fill="#fff"/><text x="0" y="14" font-size="13">${escaped(title)}</text>${legend.join("")}${boxes.join("")}</svg>\n`;
}

/** Self time by area, for the table of docs/performance.md. */
function shares(frame: Frame, into = new Map<string, number>()): Map<string, number> {
  let self = frame.time;
  for (const child of frame.children.values()) {
    self -= child.time;
    shares(child, into);
  }
  into.set(frame.area, (into.get(frame.area) ?? 0) + self);
  return into;
}

const [input, output, title = ""] = process.argv.slice(2);
if (!input || !output) throw new Error('usage: tsx bench/flame.ts IN.cpuprofile OUT.svg "title"');
const root = read(JSON.parse(readFileSync(input, "utf8")) as Profile);
writeFileSync(output, draw(root, title));
for (const [area, time] of [...shares(root)].sort(([, one], [, other]) => other - one)) {
  process.stdout.write(`${((time / root.time) * 100).toFixed(1).padStart(5)} %  ${area}\n`);
}
