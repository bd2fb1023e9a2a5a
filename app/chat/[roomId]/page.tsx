import { requireViewer } from "../../viewer";

interface RoomPageProps {
  params: Promise<{ roomId: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function RoomPage({ params, searchParams }: RoomPageProps) {
  const { roomId } = await params;
  const { message, panel } = await searchParams;
  const query = new URLSearchParams();
  if (typeof message === "string") query.set("message", message);
  if (typeof panel === "string") query.set("panel", panel);
  const suffix = query.size > 0 ? `?${query}` : "";
  await requireViewer(`/chat/${encodeURIComponent(roomId)}${suffix}`);
  return null;
}
