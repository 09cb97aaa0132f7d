// Lanes: what is drawn of a timeline's tracks, one function a kind. A lane is {name, height, draw(area)}, and an area
// {context, palette, left, top, width, height, x(frame)}.

import { series } from "./colours.js";

const FONT = "11px system-ui, sans-serif";

/** The lanes of a timeline from top to bottom. */
export function lanesOf(model, tracks, used) {
  const lanes = [];
  const context = model.info.watches.find(({ name }) => name === "context");
  if (context) lanes.push(bandLane("context", 18, runsOf(tracks, "context"), (value) => context.values[value] ?? `${value}`));
  for (const [key, runs] of Object.entries(tracks.labels)) {
    if (runs.length) lanes.push(bandLane(`label ${key}`, 16, runs.map(([first, last, value]) => ({ first, last, value })), (value) => value));
  }
  model.info.buttons.forEach((name, bit) => {
    if (used & (1 << bit)) lanes.push(buttonLane(name, bit, tracks));
  });
  lanes.push(eventLane(tracks));
  model.plots.forEach((name, i) => lanes.push(plotLane(name, series, i, tracks)));
  return lanes;
}

/** Columns that have one value, joined to runs; where a column has several, the run's value is null. */
function runsOf(tracks, name) {
  const track = tracks.watches[name];
  const runs = [];
  track?.min.forEach((low, i) => {
    if (low === null) return;
    const value = low === track.max[i] ? low : null;
    const last = runs.at(-1);
    if (last && last.value === value && last.last === tracks.edges[i] - 1) last.last = tracks.edges[i + 1] - 1;
    else runs.push({ first: tracks.edges[i], last: tracks.edges[i + 1] - 1, value });
  });
  return runs;
}

function bandLane(name, height, runs, text) {
  const values = [...new Set(runs.map(({ value }) => value))].filter((value) => value !== null).sort();
  return { name, height, draw({ context, palette, top, x, left, width }) {
    for (const { first, last, value } of runs) {
      const from = Math.max(left, x(first)), to = Math.min(left + width, x(last + 1));
      if (to <= left || from >= left + width) continue;
      context.fillStyle = value === null ? palette["line-soft"] : series(palette, typeof value === "number" ? value : values.indexOf(value));
      context.fillRect(from, top + 1, Math.max(1, to - from - (to - from > 4 ? 1 : 0)), height - 2);
      const words = value === null ? "…" : text(value);
      context.font = FONT;
      if (context.measureText(words).width + 8 > to - from) continue;
      context.fillStyle = palette.panel;
      context.fillText(words, from + 4, top + height / 2);
    }
  } };
}

function buttonLane(name, bit, tracks) {
  return { name, height: 11, draw({ context, palette, top, height, x }) {
    context.fillStyle = palette.accent;
    let from = null;
    tracks.buttons.forEach((mask, i) => {
      const held = mask !== null && (mask & (1 << bit)) !== 0;
      if (held && from === null) from = i;
      if (from !== null && (!held || i === tracks.buttons.length - 1)) {
        const to = held ? i + 1 : i;
        context.fillRect(x(tracks.edges[from]), top + 2, Math.max(1, x(tracks.edges[to]) - x(tracks.edges[from])), height - 4);
        from = null;
      }
    });
  } };
}

function eventLane(tracks) {
  return { name: tracks.event_count > tracks.events.length ? `events (${tracks.event_count})` : "events", height: 16, draw({ context, palette, top, height, x, left, width }) {
    context.font = FONT;
    const seen = tracks.events.map(({ frame, name }) => ({ at: x(frame), name })).filter(({ at }) => at >= left - 1 && at <= left + width);
    seen.forEach(({ at, name }, i) => {
      context.fillStyle = palette.mark;
      context.fillRect(at, top + 1, 2, height - 2);
      const end = at + context.measureText(name).width + 8; // a name is written where the next event leaves room
      if (end > (seen[i + 1]?.at ?? left + width)) return;
      context.fillStyle = palette["text-soft"];
      context.fillText(name, at + 4, top + height / 2);
    });
  } };
}

/** Lowest to highest value of each column, with the range at the side. */
function plotLane(name, colour, i, tracks) {
  const { min = [], max = [] } = tracks.watches[name] ?? {};
  const known = min.filter((value) => value !== null);
  const low = Math.min(...known), high = Math.max(...max.filter((value) => value !== null));
  const note = known.length ? `${low.toLocaleString()} … ${high.toLocaleString()}` : "no value";
  return { name, note, height: 46, draw({ context, palette, top, height, x }) {
    if (!known.length) return;
    const y = (value) => top + height - 4 - ((value - low) / (high - low || 1)) * (height - 8);
    context.fillStyle = colour(palette, i);
    let before = null;
    min.forEach((value, at) => {
      if (value === null) {
        before = null;
        return;
      }
      let [bottom, upper] = [y(value), y(max[at])];
      if (before !== null) [bottom, upper] = [Math.max(bottom, Math.min(before, bottom)), Math.min(upper, Math.max(before, upper))];
      const from = x(tracks.edges[at]), to = x(tracks.edges[at + 1]);
      context.fillRect(from, upper - 0.75, Math.max(1, to - from), bottom - upper + 1.5);
      before = (y(value) + y(max[at])) / 2;
    });
  } };
}

/** Frames that are missing, and those not read yet, over all lanes. */
export function drawMissing({ context, palette, top, height, x, left, width }, tracks) {
  const stripe = (first, last, colour, alpha) => {
    const from = Math.max(left, x(first)), to = Math.min(left + width, x(last + 1));
    if (to <= from) return;
    context.save();
    context.globalAlpha = alpha;
    context.fillStyle = colour;
    context.fillRect(from, top, Math.max(2, to - from), height);
    context.restore();
  };
  for (const { first, last, source } of tracks.gaps) stripe(first, last, source === "recorder" ? palette.bad : palette.mark, source === "recorder" ? 0.35 : 0.12);
  let at = tracks.first;
  for (const [first, last] of [...tracks.loaded, [tracks.last + 1, tracks.last + 1]]) {
    if (first > at) stripe(at, first - 1, palette.line, 0.25);
    at = last + 1;
  }
}
