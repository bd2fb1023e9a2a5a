import { toApiError } from "@/lib/client/api-error";
import { toast } from "../ui/toast";

/** Runs what a press asked for; a failure is told in a toast. Resolves with undefined then. */
export async function attempt<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    toast(toApiError(error).message, "problem");
    return undefined;
  }
}
