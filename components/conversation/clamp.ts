/** Containers (quotes, list items) that one line may open; deeper ones are shown as the characters they are. */
const MAX_DEPTH = 12;

const marker = /[ \t]*(?:>|[-+*](?=[ \t]|$)|\d{1,9}[.)](?=[ \t]|$))/y;

/**
 * Bounds how deep a text nests before it is parsed: the parser and the tree walks behind it recurse once a level, so
 * that 2,000 `>` in a row would exhaust the stack. What is too deep is escaped, not dropped.
 */
export function clampNesting(text: string): string {
  if (text.length <= MAX_DEPTH) return text;
  return text
    .split("\n")
    .map((line) => clampEmphasis(clampLine(line)))
    .join("\n");
}

function clampLine(line: string): string {
  let depth = 0;
  let end = 0;
  marker.lastIndex = 0;
  for (let match = marker.exec(line); match; match = marker.exec(line)) {
    if (++depth > MAX_DEPTH) {
      const rest = line.slice(end);
      const at = rest.search(/[^ \t\d]/);
      return `${line.slice(0, end)}${rest.slice(0, at)}\\${rest.slice(at)}`;
    }
    end = marker.lastIndex;
  }
  return line;
}

/** More emphasis marks and brackets than anybody writes in a line: then they are all shown as they are. */
function clampEmphasis(line: string): string {
  const marks = line.match(/[*_~[\]]+/g);
  return marks && marks.length > 200 ? line.replace(/[*_~[\]]/g, "\\$&") : line;
}
