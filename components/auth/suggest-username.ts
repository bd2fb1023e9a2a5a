/** A username made of a display name: "Ada Lovelace" → "ada.lovelace"; empty while there is too little to go by. */
export function suggestUsername(name: string): string {
  const plain = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ".")
    .slice(0, 32)
    .replace(/^\.+|\.+$/g, "");
  return plain.length >= 3 ? plain : "";
}
