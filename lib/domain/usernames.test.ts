import { isReserved } from "./usernames";

test.each(["admin", "ad.min", "a-d_m.i-n", "everyone", "support", "parley"])("%s is reserved", (username) => {
  expect(isReserved(username)).toBe(true);
});

test.each(["ada", "admins-friend", "roomy"])("%s is free", (username) => {
  expect(isReserved(username)).toBe(false);
});
