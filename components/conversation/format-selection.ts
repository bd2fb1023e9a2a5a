export interface Selected {
  text: string;
  start: number;
  end: number;
}

/** Puts a mark on both sides of the selection, or takes it away where it stands already. */
export function toggleMark({ text, start, end }: Selected, mark: string): Selected {
  const before = text.slice(0, start);
  const inside = text.slice(start, end);
  const after = text.slice(end);
  if (before.endsWith(mark) && after.startsWith(mark)) {
    return {
      text: before.slice(0, -mark.length) + inside + after.slice(mark.length),
      start: start - mark.length,
      end: end - mark.length,
    };
  }
  return { text: before + mark + inside + mark + after, start: start + mark.length, end: end + mark.length };
}

/** Pasting an address on selected words makes them a link; null when it is no address or nothing is selected. */
export function linkSelection({ text, start, end }: Selected, pasted: string): Selected | null {
  const label = text.slice(start, end);
  if (label.trim() === "" || /[\n[\]]/.test(label) || !/^https?:\/\/\S+$/.test(pasted.trim())) return null;
  const link = `[${label}](${pasted.trim()})`;
  return { text: text.slice(0, start) + link + text.slice(end), start: start + link.length, end: start + link.length };
}
