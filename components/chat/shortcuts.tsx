"use client";

import { Dialog } from "../ui/dialog";
import { useCommandKey } from "./use-command-key";

export default function Shortcuts({ onClose }: { onClose: () => void }) {
  const command = useCommandKey();
  const groups: [string, [string, string][]][] = [
    [
      "Getting around",
      [
        ["Jump to a room or person", `${command}K`],
        ["Previous or next room", "Alt ↑ ↓"],
        ["Previous or next unread room", "Alt Shift ↑ ↓"],
        ["Mark read and go to the newest", "Esc"],
        ["These shortcuts", `${command}/`],
      ],
    ],
    [
      "Writing",
      [
        ["Send", "Enter"],
        ["New line", "Shift Enter"],
        ["Edit your last message", "↑"],
        ["Mention somebody", "@"],
        ["Bold, italic, code", `${command}B  I  Shift C`],
      ],
    ],
    [
      "On a message",
      [
        ["Walk through messages", "↑ ↓"],
        ["Reply, edit, react", "R  E  +"],
      ],
    ],
  ];
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Keyboard shortcuts">
      <div className="flex flex-col gap-4 overflow-y-auto px-5 pt-3 pb-6">
        {groups.map(([name, rows]) => (
          <section key={name}>
            <h3 className="text-sm font-medium text-subtle">{name}</h3>
            <dl className="mt-1 divide-y divide-border">
              {rows.map(([what, keys]) => (
                <div key={what} className="flex items-center justify-between gap-4 py-1.5 text-sm">
                  <dt>{what}</dt>
                  <dd>
                    <kbd className="rounded-md border border-border bg-surface px-1.5 py-0.5 font-sans text-xs whitespace-pre text-muted">
                      {keys}
                    </kbd>
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
