import { Fragment } from "react";
import { MentionChip } from "./mention-chip";
import { type Mentioned, splitMentions } from "./mentions";

/** A text without markdown, in the same elements as the parsed kind. */
export function PlainContent({ content, mentioned }: { content: string; mentioned: Mentioned }) {
  const paragraphs = content.trim().split(/\n{2,}/);
  return paragraphs.map((paragraph, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: paragraphs of one unchanging text
    <p key={index}>
      {paragraph.split("\n").map((line, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of one unchanging text
        <Fragment key={row}>
          {row > 0 && <br />}
          {splitMentions(line, mentioned).map((part, place) =>
            typeof part === "string" ? (
              part
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: parts of one unchanging text
              <MentionChip key={place} {...part} />
            ),
          )}
        </Fragment>
      ))}
    </p>
  ));
}
