import { redirect } from "next/navigation";
import { welcome } from "@/lib/domain/welcome";
import { viewer } from "./viewer";

export default async function Home() {
  if (await viewer()) redirect("/chat");
  redirect((await welcome()).empty ? "/register" : "/login");
}
