/**
 * Loaded before a replica (`--require`): its wall clock is off by CLOCK_SHIFT_MS. Timers and `performance` go on as they
 * are, as on a machine whose clock is set wrong.
 */
const shift = Number(process.env.CLOCK_SHIFT_MS);
const RealDate = Date;
const now = () => RealDate.now() + shift;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, values, self) => Reflect.construct(target, values.length === 0 ? [now()] : values, self),
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
});
