import type { Random } from "./random";

export interface DemoPerson {
  username: string;
  name: string;
  /** What colleagues call them in a sentence. */
  short: string;
  status?: { emoji: string; text: string };
}

const written: readonly [username: string, name: string, short: string, emoji?: string, status?: string][] = [
  ["ada", "Ada Okafor", "Ada"],
  ["kenji", "田中 健二", "Kenji", "🎧", "Heads down until 3"],
  ["priya", "Priya Raman", "Priya"],
  ["mateusz", "Mateusz Zieliński", "Mateusz", "🚨", "On call this week"],
  ["lucia", "Lucía Fernández", "Lucía"],
  ["omar", "عمر حداد", "Omar"],
  ["noor", "Noor van Dijk", "Noor", "🚲", "In the office on Tuesdays"],
  ["chen.wei", "陈伟", "Wei"],
  ["sofia", "София Петрова", "Sofia", "✍️", "Writing the launch post"],
  ["tomas", "Tomáš Novák", "Tomáš"],
  ["amara", "Amara Nwosu", "Amara"],
  ["yuki", "佐藤 ゆき", "Yuki", "🎨", "Icons, icons, icons"],
  ["elif", "Elif Yılmaz", "Elif"],
  ["jonas", "Jonas Lindqvist", "Jonas"],
  ["minji", "김민지", "Minji"],
  ["dimitra", "Δήμητρα Παππά", "Dimitra", "🏝️", "Away until Monday"],
  ["rafael", "Rafael Souza", "Rafa"],
  ["hannah", "Hannah Weiss", "Hannah"],
  ["arjun", "अर्जुन मेहता", "Arjun"],
  ["leila", "لیلا کریمی", "Leila"],
  ["oskar", "Óskar Jónsson", "Óskar"],
  ["grace", "Grace Mbeki", "Grace", "📞", "With customers"],
  ["pierre", "Pierre Lefèvre", "Pierre"],
  ["noa", "נועה לוי", "Noa"],
  ["samuel", "Samuel Tetteh", "Sam"],
  ["ingrid", "Ingrid Dahl", "Ingrid"],
  ["thuy", "Thùy Nguyễn", "Thùy", "🌱", "First month here"],
  ["marek", "Marek Horváth", "Marek"],
  ["zoe", "Zoë Clarke", "Zoë"],
  ["ivan", "Іван Шевченко", "Ivan"],
];

const firstNames =
  "Aino Bilal Carmen Dario Esther Farah Gustav Hye-jin Imani Jakub Kalina Luka Mira Niamh Olu Paula Quentin Rosa Stefan Tariq Uma Viktor Wanda Ximena Yusuf Zuzana".split(
    " ",
  );
const lastNames =
  "Adeyemi Bianchi Costa Dvořák Eriksen Farouk García Haddad Ito Jansen Kowalska Laurent Müller Ndiaye Ortiz Park Quist Rossi Silva Takeda Urban Varga Wójcik Xu Yamada Zheng".split(
    " ",
  );

/** The people of the demo server, `ada` first. Beyond those written by hand, names are combined. */
export function demoPeople(count: number, random: Random): DemoPerson[] {
  const people = written.slice(0, count).map(([username, name, short, emoji, text]): DemoPerson => {
    return { username, name, short, ...(emoji && text && { status: { emoji, text } }) };
  });
  while (people.length < count) {
    const first = random.pick(firstNames);
    const username = `${first}.${people.length}`.toLowerCase();
    people.push({ username, name: `${first} ${random.pick(lastNames)}`, short: first });
  }
  return people;
}
