/**
 * Lets at most `each` requests begin in one turn of the event loop, in the order in which they came. A request takes 1 to 3 ms
 * before it first waits for anything, so fifty that arrive together would hold up everybody's messages for a good part of a
 * second; begun in turns, what arrives meanwhile goes between them. Those that wait are as many as connections brought.
 */
export function beginInTurns(each: number): () => Promise<void> {
  const waiting: (() => void)[] = [];
  let free = each;
  const nextTurn = () => {
    free = each;
    for (const begin of waiting.splice(0, each)) {
      free -= 1;
      begin();
    }
    if (free < each) setImmediate(nextTurn);
  };
  return () => {
    if (free === 0) return new Promise((begin) => waiting.push(begin));
    if (free === each) setImmediate(nextTurn);
    free -= 1;
    return Promise.resolve();
  };
}
