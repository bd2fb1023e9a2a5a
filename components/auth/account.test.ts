import { toRefusal } from "./account";

test("complaints about fields stand beside them, as sentences", () => {
  const refusal = toRefusal({
    code: "invalid",
    message: "username: must be 3 to 32 letters",
    details: { username: "must be 3 to 32 letters", email: "is too long." },
  });
  expect(refusal).toEqual({
    message: null,
    fields: { username: "Must be 3 to 32 letters.", email: "Is too long." },
  });
});

test("a conflict is told in the words of its message", () => {
  const message = "There is an account with this email already. Sign in instead.";
  expect(toRefusal({ code: "conflict", message, details: { email: "is taken" } })).toEqual({
    message: null,
    fields: { email: message },
  });
});

test("a limit names the wait in minutes", () => {
  const limited = (retryAfterMs: number) =>
    toRefusal({ code: "rate_limited", message: "Too many requests.", details: { retryAfterMs } }).message;
  expect(limited(20_000)).toBe("Too many tries. Try again in a minute.");
  expect(limited(600_001)).toBe("Too many tries. Try again in 11 minutes.");
});

test("whatever names no field stands above the form", () => {
  expect(toRefusal({ code: "unauthorized", message: "That does not match." })).toEqual({
    message: "That does not match.",
    fields: {},
  });
  expect(toRefusal(null).message).toContain("Try again");
});
