import { query, type Statement } from "@/lib/infra/database";
import type { Message } from "@/lib/protocol/objects";
import { type MessageRow, messageView, selectMessages } from "./message-view";

const byId: Statement<MessageRow> = { name: "message-by-id", text: `${selectMessages} WHERE m.id = $1` };

/** A message as it stands now, without asking who wants it. */
export async function findMessage(messageId: string): Promise<Message | undefined> {
  const [row] = await query(byId, [messageId]);
  return row && messageView(row);
}
