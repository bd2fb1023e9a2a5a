/**
 * Signs without which a text means the same with and without markdown. It errs towards markdown: a text that holds
 * one needlessly is only parsed needlessly.
 */
const marks =
  /[*_~`\\<[\t]|https?:|www\.|\S@\S|&[#\w]|^ {0,3}(?:#{1,6}(?:\s|$)|>|[-+](?:\s|$)|\d{1,9}[.)](?:\s|$)|[-=]{2,}\s*$)|^ {4}|^\s*\|| \|/m;

export function needsMarkdown(content: string): boolean {
  return marks.test(content);
}

const emoji =
  /^(?:(?:\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3|\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?(?:\u200d\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?)*)\s*){1,6}$/u;

/** One to six emoji and nothing else: shown large. */
export function isJumbo(content: string): boolean {
  return content.length <= 120 && emoji.test(content);
}
