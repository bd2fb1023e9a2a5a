/**
 * The server's entry and Next's bundle each evaluate their own copy of this code in one process. What
 * must exist once (database, Redis, limiters, sockets) is provided by the server at start and found here.
 */
export interface Service<T> {
  /** Throws when the server has not provided it (yet, or any more). */
  get(): T;
  /** As `get`, but undefined when there is none. */
  find(): T | undefined;
  provide(value: T): T;
  withdraw(): void;
}

export function service<T>(name: string): Service<T> {
  const key = Symbol.for(`parley.service.${name}`);
  const holder = globalThis as unknown as Record<symbol, T | undefined>;
  return {
    get() {
      const value = holder[key];
      if (value === undefined) throw new Error(`The service "${name}" is not running.`);
      return value;
    },
    find: () => holder[key],
    provide(value) {
      holder[key] = value;
      return value;
    },
    withdraw() {
      delete holder[key];
    },
  };
}
