"use client";

import type { Element, Root, RootContent } from "hast";
import type { Parent } from "mdast";
import type { ComponentProps } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import rehypeSanitize, { defaultSchema } from "rehype-sanitize";
import remarkBreaks from "remark-breaks";
import remarkGfm from "remark-gfm";
import { clampNesting } from "./clamp";
import { CodeBlock } from "./code-block";
import { MentionChip } from "./mention-chip";
import { type Mentioned, splitMentions } from "./mentions";

const protocols = ["http", "https", "mailto"];

/** What a message may hold. Raw HTML has become text before; this is the second lock. Pictures become links below. */
const schema: typeof defaultSchema = {
  ...defaultSchema,
  tagNames: (defaultSchema.tagNames ?? []).filter(
    (name) => !["details", "summary", "picture", "source"].includes(name),
  ),
  attributes: { ...defaultSchema.attributes, "*": ["title", "align"] },
  protocols: { href: protocols, src: protocols, cite: protocols },
};

const safeAddress = /^(?:https?:\/\/|mailto:)/i;

function SafeLink({ href, children, title }: ComponentProps<"a">) {
  if (!href || !safeAddress.test(href)) return <span>{children}</span>;
  return (
    <a href={href} title={title} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

/** A picture from elsewhere would tell its server who reads this message, and when: it is offered, not loaded. */
function PictureLink({ src, alt }: ComponentProps<"img">) {
  const address = typeof src === "string" ? src : "";
  return <SafeLink href={address}>{alt || address}</SafeLink>;
}

const components: Components & { mention: typeof MentionElement } = {
  a: ({ href, title, children }) => (
    <SafeLink href={href} title={title}>
      {children}
    </SafeLink>
  ),
  img: ({ src, alt }) => <PictureLink src={src} alt={alt} />,
  pre: ({ children }) => <CodeBlock>{children}</CodeBlock>,
  table: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, which must work from the keyboard
    <section className="table-frame" tabIndex={0} aria-label="Table">
      <table>{children}</table>
    </section>
  ),
  // GFM's tables may have a head without words, which would be a heading of nothing.
  th: ({ children }) => (children ? <th>{children}</th> : <td />),
  h1: ({ children }) => <p className="heading">{children}</p>,
  h2: ({ children }) => <p className="heading">{children}</p>,
  h3: ({ children }) => <p className="heading">{children}</p>,
  h4: ({ children }) => <p className="heading">{children}</p>,
  h5: ({ children }) => <p className="heading">{children}</p>,
  h6: ({ children }) => <p className="heading">{children}</p>,
  input: ({ checked }) => <input type="checkbox" checked={Boolean(checked)} readOnly disabled aria-label="Task" />,
  mention: MentionElement,
};

function MentionElement({ username, person }: { username: string; person?: string }) {
  return <MentionChip username={username} userId={person ?? null} />;
}

/** Tags that somebody types are words like any other: shown, not read as HTML and not lost. */
function htmlAsText() {
  const visit = (node: Parent) => {
    node.children = node.children.map((child) => {
      if (child.type === "html") return { type: "text", value: child.value };
      if ("children" in child) visit(child);
      return child;
    });
  };
  return (tree: Parent) => visit(tree);
}

const untouched = new Set(["code", "pre", "a", "mention"]);

/** Puts mentions in place, after the tree has been made safe. Goes no deeper than the clamp lets a text nest. */
function mentionsIn(mentioned: Mentioned) {
  const visit = (node: Root | Element) => {
    node.children = node.children.flatMap((child): RootContent[] => {
      if (child.type === "element" && !untouched.has(child.tagName)) visit(child);
      if (child.type !== "text") return [child as RootContent];
      return splitMentions(child.value, mentioned).map((part) =>
        typeof part === "string"
          ? { type: "text", value: part }
          : {
              type: "element",
              tagName: "mention",
              properties: { username: part.username, person: part.userId ?? undefined },
              children: [],
            },
      );
    }) as typeof node.children;
  };
  return () => (tree: Root) => visit(tree);
}

export default function Markdown({ content, mentioned }: { content: string; mentioned: Mentioned }) {
  return (
    <ReactMarkdown
      remarkPlugins={[[remarkGfm, { singleTilde: false }], htmlAsText, remarkBreaks]}
      rehypePlugins={[[rehypeSanitize, schema], mentionsIn(mentioned)]}
      components={components}
      urlTransform={(url) => (safeAddress.test(url) ? url : "")}
    >
      {clampNesting(content)}
    </ReactMarkdown>
  );
}
