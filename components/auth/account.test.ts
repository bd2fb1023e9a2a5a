import { ApiError } from "@/lib/client/api-error";
import { toRefusal } from "./account";

test("complaints about fields stand beside them, as sentences", () => {
  const refusal = toRefusal(
    new ApiError("invalid", "username: must be 3 to 32 letters", {
      username: "must be 3 to 32 letters",
      email: "is too long.",
    }),
  );
  expect(refusal).toEqual({
    message: null,
    fields: { username: "Must be 3 to 32 letters.", email: "Is too long." },
  });
});

test("a conflict is told in the words of its message", () => {
  const message = "There is an account with this email already. Sign in instead.";
  expect(toRefusal(new ApiError("conflict", message, { email: "is taken" }))).toEqual({
    message: null,
    fields: { email: message },
  });
});

test("a limit names the wait in minutes", () => {
  const limited = (retryAfterMs: number) =>
    toRefusal(new ApiError("rate_limited", "Too many requests.", { retryAfterMs })).message;
  expect(limited(20_000)).toBe("Too many tries. Try again in a minute.");
  expect(limited(600_001)).toBe("Too many tries. Try again in 11 minutes.");
});

test("whatever names no field stands above the form", () => {
  expect(toRefusal(new ApiError("unauthorized", "That does not match."))).toEqual({
    message: "That does not match.",
    fields: {},
  });
});
