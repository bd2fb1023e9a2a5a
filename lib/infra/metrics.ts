import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { service } from "./registry";

/** In seconds: from the few ms of an ordinary answer to where clients (5 s) and people give up. */
const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** The last is the largest batch there is; see lanes.ts. */
const messagesOfBatch = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/**
 * Every metric of ours: its name, meaning and labels. Labels take values from tables in the code only, never from what
 * clients send. docs/operations/metrics.md explains them; a test holds both together.
 */
function declare(registry: Registry) {
  const registers = [registry];
  const counter = <L extends string = never>(name: string, help: string, ...labelNames: L[]) =>
    new Counter<L>({ name, help, labelNames, registers });
  const gauge = <L extends string = never>(name: string, help: string, ...labelNames: L[]) =>
    new Gauge<L>({ name, help, labelNames, registers });
  const histogram = <L extends string = never>(name: string, help: string, buckets: number[], ...labelNames: L[]) =>
    new Histogram<L>({ name, help, buckets, labelNames, registers });

  return {
    info: gauge("parley_info", "Always 1; the version of this replica.", "version"),
    serving: gauge("parley_serving", "1 while /health answers 200, else 0."),
    checkOk: gauge("parley_check_ok", "1 while this check of /health is ok, 0 while degraded or down.", "check"),

    messagesStored: counter("parley_messages_stored_total", "New messages that were committed."),
    storeSeconds: histogram(
      "parley_store_duration_seconds",
      "Storing one batch of messages, commit included.",
      seconds,
    ),
    storeBatch: histogram("parley_store_batch_messages", "Messages that were stored together.", messagesOfBatch),
    ackSeconds: histogram(
      "parley_ack_duration_seconds",
      "From an event's arrival to its acknowledgement, refusals included.",
      seconds,
      "event",
    ),
    deliveredChanges: counter(
      "parley_delivered_changes_total",
      "New, edited, deleted and reacted-to messages handed to sockets, counted once a socket.",
    ),
    deliveredPackets: counter("parley_delivered_packets_total", "Packets in which those changes travelled."),
    caughtUpChanges: counter(
      "parley_caught_up_changes_total",
      "Changes that the comparison of heads announced because no announcement had come.",
    ),

    sockets: gauge("parley_sockets", "Open sockets.", "transport"),
    socketsRefused: counter("parley_sockets_refused_total", "Handshakes that were refused.", "code"),
    bufferedPackets: gauge("parley_write_buffer_packets", "Packets that wait for readers, all sockets together."),
    deepestBuffer: gauge("parley_write_buffer_deepest_packets", "Packets that wait for the slowest reader."),
    slowReaders: gauge("parley_slow_readers", "Sockets that are behind and do without typing and presence."),
    readersCut: counter("parley_readers_cut_total", "Sockets closed because their reader had stopped reading."),

    poolConnections: gauge("parley_database_connections", "Connections to PostgreSQL.", "state"),
    poolWaiting: gauge("parley_database_waiting", "Queries that wait for a connection to PostgreSQL."),
    redisOk: gauge("parley_redis_ok", "1 while what is published to Redis comes back, else 0; absent without Redis."),
    redisRoundTrip: gauge(
      "parley_redis_round_trip_seconds",
      "How long the last publication took to come back from Redis; absent without Redis.",
    ),
    replicaReads: counter(
      "parley_replica_reads_total",
      "Reads that the read replica served, or that went to the primary because it was behind or failed.",
      "outcome",
    ),
    queueDepth: gauge("parley_queue_depth", "Work that waits in this process, by queue.", "queue"),

    failures: counter("parley_failures_total", "Requests and events that failed through no fault of theirs.", "code"),
    rateLimited: counter("parley_rate_limited_total", "Requests and events refused by a rate limit.", "bucket"),
    backgroundFailures: counter("parley_background_failures_total", "Runs of background tasks that failed.", "task"),
    httpRequests: counter("parley_http_requests_total", "HTTP requests that ended.", "route", "status"),
    httpSeconds: histogram(
      "parley_http_request_duration_seconds",
      "HTTP requests from their headers to the end of the answer; without long-polling.",
      seconds,
      "route",
    ),
  };
}

function open() {
  const registry = new Registry();
  const readers: (() => void)[] = [];
  const declared = declare(registry);
  // A series that begins with its first failure would hide that failure from rate().
  for (const code of ["internal", "unavailable"]) declared.failures.inc({ code }, 0);
  return {
    ...declared,
    contentType: registry.contentType,
    /** Adds what prom-client knows of the process: memory, processor, garbage collection, event loop. */
    includeProcess(): void {
      collectDefaultMetrics({ register: registry });
      // Gauges under the name of counters, which promtool rightly refuses.
      for (const kind of ["handles", "requests", "resources"])
        registry.removeSingleMetric(`nodejs_active_${kind}_total`);
    },
    /** Calls `read` before each scrape, to set gauges: what nobody asks for costs nothing. */
    beforeScrape(read: () => void): void {
      readers.push(read);
    },
    /** Everything in Prometheus' text format. */
    text(): Promise<string> {
      for (const read of readers) read();
      return registry.metrics();
    },
  };
}

export type Metrics = ReturnType<typeof open>;

const opened = service<Metrics>("metrics");

/** The process's one set of metrics. */
export function metrics(): Metrics {
  return opened.find() ?? opened.provide(open());
}
