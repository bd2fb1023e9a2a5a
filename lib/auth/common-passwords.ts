import { service } from "@/lib/infra/registry";
import { MIN_PASSWORD } from "@/lib/protocol/limits";
import { codePointLength } from "@/lib/protocol/primitives";

const listService = service<Set<string>>("common-passwords");

/**
 * Whether a password is among the commonest of published leaks: the list of zxcvbn, of which some 18,000 are long
 * enough to be chosen here. Upper and lower case count as the same.
 */
export async function isCommonPassword(password: string): Promise<boolean> {
  const list = listService.find() ?? listService.provide(await loadList());
  return list.has(password.toLowerCase());
}

async function loadList(): Promise<Set<string>> {
  const { dictionary } = await import("@zxcvbn-ts/language-common");
  return new Set(dictionary["passwords-common"].filter((entry) => codePointLength(entry) >= MIN_PASSWORD));
}
