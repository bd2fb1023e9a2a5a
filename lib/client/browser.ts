import type { Channel, Environment, Keep, Locks, Signals } from "./environment";
import { indexedOutbox, memoryOutbox } from "./outbox-storage";
import { localLocks, memoryKeep, socketTo, systemClock } from "./platform";

/** What a page gives the client; parts that this browser lacks or forbids are replaced by ones that end with the page. */
export function browserEnvironment(): Environment {
  return {
    origin: "",
    fetch: (input, init) => fetch(input, init),
    socket: socketTo(""),
    clock: systemClock,
    // Plain-http addresses of a local network have no locks: tabs may then send twice, which the server recognises.
    locks: "locks" in navigator ? browserLocks : localLocks(),
    outbox: "indexedDB" in globalThis ? indexedOutbox() : memoryOutbox(),
    keep: browserKeep(),
    channel: browserChannel,
    signals,
  };
}

const browserLocks: Locks = {
  request: async (name, options, run) => {
    await navigator.locks.request(name, options, run);
  },
};

function browserKeep(): Keep {
  let storage: Storage;
  try {
    storage = globalThis.localStorage;
    storage.getItem("");
  } catch {
    return memoryKeep();
  }
  return {
    get: (key) => storage.getItem(key),
    set(key, value) {
      try {
        if (value === null) storage.removeItem(key);
        else storage.setItem(key, value);
      } catch {
        // Full: a draft that can't be kept is no reason to stop typing.
      }
    },
    keys: () => Object.keys(storage),
    watch(changed) {
      const heard = ({ key, newValue }: StorageEvent) => void (key !== null && changed(key, newValue));
      window.addEventListener("storage", heard);
      return () => window.removeEventListener("storage", heard);
    },
  };
}

function browserChannel(name: string): Channel {
  const channel = new BroadcastChannel(name);
  return {
    post: (message) => channel.postMessage(message),
    listen(heard) {
      channel.onmessage = ({ data }) => heard(data);
    },
    close: () => channel.close(),
  };
}

const signals: Signals = {
  isOnline: () => navigator.onLine,
  watch(changed) {
    const visible = () => void (document.visibilityState === "visible" && changed());
    for (const name of ["focus", "online", "offline", "pageshow"]) window.addEventListener(name, changed);
    document.addEventListener("visibilitychange", visible);
    return () => {
      for (const name of ["focus", "online", "offline", "pageshow"]) window.removeEventListener(name, changed);
      document.removeEventListener("visibilitychange", visible);
    };
  },
};
