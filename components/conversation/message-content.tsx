"use client";

import clsx from "clsx";
import { Component, memo, type ReactNode, useMemo } from "react";
import { useChat } from "@/lib/client/use-chat";
import { isJumbo, needsMarkdown } from "./content-kind";
import { useMarkdown } from "./load-markdown";
import { mentionedIn } from "./mentions";
import { PlainContent } from "./plain-content";

const nobody: readonly string[] = [];

interface MessageContentProps {
  content: string;
  mentions?: readonly string[];
}

/** What somebody wrote. Never HTML: text goes through as text, markdown through a parser and a sanitiser. */
export const MessageContent = memo(function MessageContent({ content, mentions = nobody }: MessageContentProps) {
  const Markdown = useMarkdown();
  const { store } = useChat();
  const mentioned = useMemo(() => mentionedIn(mentions, store.getState().users), [mentions, store]);
  const plain = <PlainContent content={content} mentioned={mentioned} />;
  return (
    <div className={clsx("prose", isJumbo(content) && "text-[2rem] leading-[2.5rem]")}>
      {Markdown && needsMarkdown(content) ? (
        <AsTyped key={content} fallback={plain}>
          <Markdown content={content} mentioned={mentioned} />
        </AsTyped>
      ) : (
        plain
      )}
    </div>
  );
});

/** One message that cannot be drawn must not take the page with it: it is shown as it was typed. */
class AsTyped extends Component<{ fallback: ReactNode; children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? this.props.fallback : this.props.children;
  }
}
