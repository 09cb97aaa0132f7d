// The timeline's data: asked for as the view changes, and again until all of it was read.

import { get } from "../api.js";

const SETTLED_MS = 60; // a view that moves on within this is not asked for
const AGAIN_MS = 30;

/** Follow the model's view; `show(tracks)` gets what is known, several times while it is being read. Returns {refresh, close}. */
export function followTracks(model, columns, show, failed) {
  let asked = null, timer = 0, closed = false;

  const ask = async () => {
    asked?.abort();
    const mine = asked = new AbortController();
    const { first, last } = model.view;
    const wanted = new URLSearchParams({ first, last, columns: Math.max(1, columns()) });
    for (const name of watched(model)) wanted.append("watch", name);
    try {
      for (;;) {
        const tracks = await get(model.path(`/tracks?${wanted}`), mine.signal);
        if (closed || mine.signal.aborted) return;
        show(tracks);
        if (tracks.complete) return;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
        if (closed || mine.signal.aborted) return;
      }
    } catch (error) {
      if (error.name !== "AbortError" && !closed) failed(error);
    }
  };

  const refresh = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, SETTLED_MS);
  };
  for (const name of ["view", "plots"]) model.addEventListener(name, refresh);
  ask();
  return {
    refresh,
    close() {
      closed = true;
      clearTimeout(timer);
      asked?.abort();
    },
  };
}

/** The watches that the timeline needs: those plotted, and the context. */
export function watched(model) {
  const context = model.info.watches.some(({ name }) => name === "context") ? ["context"] : [];
  return [...new Set([...context, ...model.plots])];
}
