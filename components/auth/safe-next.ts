/**
 * Where to go after signing in: a path of this server, or `/`. Anything that a browser could read as another
 * origin (`//host`, `/\host`, a scheme, control characters that URL parsers strip) is dropped.
 */
export function safeNext(value: string | string[] | undefined | null): string {
  if (typeof value !== "string" || !value.startsWith("/") || value.length > 500) return "/";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  if (/[\\\u0000-\u001f]/.test(value)) return "/";
  const base = "http://own.invalid";
  const url = URL.parse(value, base);
  if (!url || url.origin !== base || /^\/(\/|(api|login|register)(\/|$))/.test(url.pathname)) return "/";
  return url.pathname + url.search + url.hash;
}

/** `/login?next=…`, without the parameter where it would say nothing. */
export function withNext(path: string, next: string): string {
  return next === "/" ? path : `${path}?next=${encodeURIComponent(next)}`;
}
