import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import request from "supertest";
import { atEnd } from "../harness/cleanup";
import { promtool } from "../harness/promtool";
import { startRedis } from "../harness/redis";
import { startReplica } from "../harness/replica";

const folder = resolve(import.meta.dirname, "..", "..", "docs", "operations");
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const names = (text: string, pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(([, name = ""]) => name))];

/** Every metric of a replica that has all its parts. */
let offered: Set<string>;

beforeAll(async () => {
  const redis = await startRedis();
  const token = "a token for the metrics that only tests use";
  const { url } = await startReplica({ redisUrl: redis.url, env: { METRICS_TOKEN: token } });
  const { text } = await request(url).get("/metrics").set("Authorization", `Bearer ${token}`).expect(200);
  offered = new Set(names(text, /^# TYPE (\S+) /gm));
}, 60_000);

/** Metrics that PromQL expressions ask for, without what a histogram adds to its name. */
const asked = (text: string) =>
  names(text, /\b((?:parley|nodejs|process)_[a-z0-9_]+)/g).map((name) =>
    offered.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ""),
  );

test("docs/operations/metrics.md has a row for every metric of ours, and for no other", () => {
  const rows = names(read("metrics.md"), /^\| `(parley_\w+)` \|/gm);
  expect(rows.sort()).toEqual([...offered].filter((name) => name.startsWith("parley_")).sort());
});

test("the dashboard and the alerts ask only for what there is", () => {
  for (const file of ["dashboard.json", "alerts.yaml", "alerts.test.yaml"]) {
    const wanted = asked(read(file));
    expect(wanted.length).toBeGreaterThan(10);
    expect(wanted.filter((name) => !offered.has(name))).toEqual([]);
  }
});

test("the alerts are well formed, and fire when they should", () => {
  expect(promtool(["check", "rules", join(folder, "alerts.yaml")])).toContain("SUCCESS");
  expect(promtool(["test", "rules", join(folder, "alerts.test.yaml")])).toContain("SUCCESS");
});

test("every alert is tried out, both ways, and says what to do", () => {
  const alerts = names(read("alerts.yaml"), /- alert: (\w+)/g);
  const [quiet = "", ...cases] = read("alerts.test.yaml").split("  - name: ").slice(1);
  expect(names(quiet, /alertname: (\w+)/g).sort()).toEqual([...alerts].sort());
  expect(names(cases.join(), /alertname: (\w+)\n\s+exp_alerts/g).sort()).toEqual([...alerts].sort());
  const runbook = read("alerts.md");
  expect(names(runbook, /^## (Parley\w+)$/gm).sort()).toEqual([...alerts].sort());
  for (const alert of alerts) {
    expect(read("alerts.yaml")).toContain(`runbook: docs/operations/alerts.md#${alert.toLowerCase()}\n`);
  }
});

interface Panel {
  title: string;
  type: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource?: { uid: string };
  targets?: { expr: string }[];
}

test("every panel of the dashboard has its place and asks the chosen Prometheus", () => {
  const { panels, templating } = JSON.parse(read("dashboard.json")) as {
    panels: Panel[];
    templating: { list: { name: string; type: string }[] };
  };
  expect(templating.list).toContainEqual(expect.objectContaining({ name: "datasource", type: "datasource" }));
  const shown = panels.filter(({ type }) => type !== "row");
  for (const { title, targets = [], datasource, gridPos } of shown) {
    expect({ title, uid: datasource?.uid }).toEqual({ title, uid: expect.stringMatching(/^\$\{datasource\}$/) });
    expect(targets.length).toBeGreaterThan(0);
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  }
  const places = shown.map(({ gridPos: { x, y } }) => `${x},${y}`);
  expect(new Set(places).size).toBe(places.length);
});

test("Prometheus can parse what the dashboard asks", () => {
  const { panels } = JSON.parse(read("dashboard.json")) as { panels: Panel[] };
  const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  // As Grafana fills them in.
  const filled = expressions.map((expr) => expr.replaceAll("$__rate_interval", "1m").replaceAll("$instance", "one"));
  expect(filled.filter((expr) => expr.includes("$"))).toEqual([]);
  const rules = filled.map((expr, index) => ({ record: `panel:${index}`, expr }));
  const file = join(mkdtempSync(join(tmpdir(), "parley-dashboard-")), "rules.yaml");
  atEnd(() => rmSync(dirname(file), { recursive: true }));
  writeFileSync(file, JSON.stringify({ groups: [{ name: "panels", rules }] }));
  expect(promtool(["check", "rules", file])).toContain(`SUCCESS: ${rules.length} rules found`);
});
