import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import { isEmptyServer } from "@/lib/domain/accounts";
import { viewer } from "./viewer";

/** To the last room for those who are signed in; else to signing in, or on an empty server to its first account. */
export default async function Home() {
  if (!(await viewer())) redirect((await isEmptyServer()) ? "/register" : "/login");
  const last = (await cookies()).get("parley-room")?.value;
  redirect(last && /^[A-Za-z0-9_-]{1,64}$/.test(last) ? `/chat/${last}` : "/chat");
}
