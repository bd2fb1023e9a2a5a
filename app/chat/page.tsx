import { requireViewer } from "../viewer";

export default async function StartPage() {
  await requireViewer("/chat");
  return null;
}
