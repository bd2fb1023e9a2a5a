import { nextAuthRoute } from "@/lib/http/next-auth";

export { nextAuthRoute as GET, nextAuthRoute as POST };
