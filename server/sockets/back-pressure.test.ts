import { createBackPressure } from "./back-pressure";
import type { ChatServer } from "./types";

/** A reader for whom this much waits, in packets of so many bytes, and who reads nothing. */
function reader(packets: number, bytes: number) {
  let isCut = false;
  const rooms = new Set<string>();
  return {
    id: "reader",
    rooms,
    join: (room: string) => void rooms.add(room),
    leave: (room: string) => void rooms.delete(room),
    conn: {
      writeBuffer: Array.from({ length: packets }, () => ({ data: "x".repeat(bytes) })),
      close() {
        isCut = true;
      },
    },
    isCut: () => isCut,
  };
}

/** Looks twice: only who has read nothing in between counts. */
function lookAt(readers: ReturnType<typeof reader>[]): void {
  const sockets = new Map(readers.map((each, index) => [String(index), each]));
  const look = createBackPressure({ of: () => ({ sockets }) } as unknown as ChatServer);
  look();
  look();
}

test("who is behind does without typing and presence, who is far behind is cut", () => {
  const [fine, slow, far] = [reader(127, 10), reader(128, 10), reader(512, 10)];
  lookAt([fine, slow, far]);
  expect([fine, slow, far].map(({ rooms }) => rooms.has("slow"))).toEqual([false, true, false]);
  expect([fine, slow, far].map(({ isCut }) => isCut())).toEqual([false, false, true]);
});

test("who has few, but large packets waiting is cut, too", () => {
  const [light, heavy] = [reader(3, 1_000_000), reader(5, 1_000_000)];
  lookAt([light, heavy]);
  expect([light, heavy].map(({ isCut }) => isCut())).toEqual([false, true]);
});

test("when too much waits in all, those for whom most waits are cut until it does not", () => {
  const readers = [
    ...Array.from({ length: 80 }, () => reader(3, 1_000_000)),
    ...Array.from({ length: 40 }, () => reader(1, 1_000_000)),
  ];
  lookAt(readers);
  const cut = readers.filter(({ isCut }) => isCut());
  expect(cut.length).toBe(4);
  expect(cut.every(({ conn }) => conn.writeBuffer.length === 3)).toBe(true);
});

test("who has read since the last look is given time, whatever waits", () => {
  const one = reader(5, 1_000_000);
  const look = createBackPressure({ of: () => ({ sockets: new Map([["one", one]]) }) } as unknown as ChatServer);
  look();
  one.conn.writeBuffer.shift();
  look();
  expect(one.isCut()).toBe(false);
});
