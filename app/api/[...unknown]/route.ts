import { randomUUID } from "node:crypto";
import { errorResponse } from "@/lib/http/answer";
import { notFound } from "@/lib/protocol/errors";

/** Without this, an address that no route answers to would be answered with a page. */
async function unknown(request: Request): Promise<Response> {
  return errorResponse(notFound("This address"), request.headers.get("x-request-id") ?? randomUUID());
}

export { unknown as DELETE, unknown as GET, unknown as PATCH, unknown as POST, unknown as PUT };
