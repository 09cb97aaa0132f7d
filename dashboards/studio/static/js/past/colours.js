// The theme's colours, for canvases; looked up again when the scheme changes.

const NAMES = ["ground", "panel", "sunken", "line", "line-soft", "text", "text-soft", "accent", "accent-ground", "bad", "mark", "human",
  "series-1", "series-2", "series-3", "series-4", "series-5", "series-6"];

export const SERIES = 6;

/** The colours by name now. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

/** The colour of the i-th series. */
export function series(palette, i) {
  return palette[`series-${(i % SERIES) + 1}`];
}

/** Call when light becomes dark or back, until the returned function is called. */
export function onScheme(change) {
  const query = matchMedia("(prefers-color-scheme: dark)");
  query.addEventListener("change", change);
  return () => query.removeEventListener("change", change);
}
