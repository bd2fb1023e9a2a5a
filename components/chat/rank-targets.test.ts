import { rankTargets, scoreOf } from "./rank-targets";

const names = ["design", "general", "Grace Hopper", "team-general", "engineering"];
const rank = (typed: string) => rankTargets(names, (name) => [name], typed);

test("beginnings come before beginnings of words, parts and letters apart", () => {
  expect(rank("gen")).toEqual(["general", "team-general", "engineering"]);
  expect(rank("ho")).toEqual(["Grace Hopper"]);
  expect(rank("gnr")).toEqual(["general", "team-general", "engineering"]);
  expect(rank("eng")).toEqual(["engineering"]);
});

test("nothing typed keeps the given order, and # or @ in front says nothing", () => {
  expect(rank("")).toEqual(names);
  expect(rank("#des")).toEqual(["design"]);
  expect(rank("@grace")).toEqual(["Grace Hopper"]);
  expect(rank("xyz")).toEqual([]);
});

test("the best of several names counts", () => {
  const people = [{ names: ["Ada Lovelace", "countess"] }, { names: ["Count Basie"] }];
  expect(rankTargets(people, (person) => person.names, "countess")).toEqual([people[0]]);
  expect(scoreOf("abc", "abcd")).toBeNull();
});
