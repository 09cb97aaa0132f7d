// The timeline: the whole session as a strip, and below it the view with a lane for each kind of thing that happened.

import { make, setText } from "../dom.js";
import { colours, onScheme } from "./colours.js";
import { drawMissing, lanesOf } from "./lanes.js";
import { followPointer } from "./pointer.js";
import { followTracks } from "./tracks.js";
import { duration } from "./words.js";

const GUTTER = 112, NARROW_GUTTER = 70, NARROW = 520; // px for the lanes' names
const STRIP = 16, GAP = 3;

/** Make the timeline of a model; returns {element, refresh(), close()}. */
export function openTimeline(model, failed) {
  const canvas = make("canvas", {
    class: "timeline", tabindex: 0, role: "slider", "aria-label": "Frame",
    "aria-valuemin": model.info.first, "aria-valuemax": model.info.last,
  });
  const under = make("p", { class: "soft under", "aria-live": "off" });
  const element = make("div", {}, canvas, under);
  let tracks = null, used = 0, palette = colours(), waiting = 0;

  const gutter = () => (canvas.clientWidth < NARROW ? NARROW_GUTTER : GUTTER);
  const columns = () => Math.max(50, Math.min(2000, canvas.clientWidth - gutter()));
  const x = (frame) => gutter() + ((frame - model.view.first) / (model.view.last - model.view.first + 1)) * (canvas.clientWidth - gutter());
  const wide = (frame) => gutter() + ((frame - model.info.first) / (model.info.last - model.info.first + 1)) * (canvas.clientWidth - gutter());

  const draw = () => {
    waiting = 0;
    const width = canvas.clientWidth, lanes = tracks ? lanesOf(model, tracks, used) : [];
    const height = STRIP + GAP * 2 + lanes.reduce((sum, lane) => sum + lane.height + GAP, 0);
    const ratio = devicePixelRatio || 1;
    canvas.style.height = `${height}px`;
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.textBaseline = "middle";
    const area = { context, palette, left: gutter(), width: width - gutter(), x };
    drawStrip(area);
    let top = STRIP + GAP * 2;
    const begun = top;
    for (const lane of lanes) {
      drawName(area, lane, top);
      context.save();
      context.beginPath();
      context.rect(area.left, top, area.width, lane.height);
      context.clip();
      context.fillStyle = palette.sunken;
      context.fillRect(area.left, top, area.width, lane.height);
      lane.draw({ ...area, top, height: lane.height });
      context.restore();
      top += lane.height + GAP;
    }
    if (tracks) drawMissing({ ...area, top: begun, height: top - begun }, tracks);
    drawRange(area, begun, top);
    context.fillStyle = palette.text;
    context.fillRect(x(model.frame), STRIP, 2, top - STRIP);
  };

  const drawStrip = ({ context, left, width }) => {
    context.fillStyle = palette.sunken;
    context.fillRect(left, 0, width, STRIP);
    context.fillStyle = palette["accent-ground"];
    const from = wide(model.view.first);
    context.fillRect(from, 0, Math.max(3, wide(model.view.last + 1) - from), STRIP);
    context.strokeStyle = palette.accent;
    context.strokeRect(from + 0.5, 0.5, Math.max(3, wide(model.view.last + 1) - from) - 1, STRIP - 1);
    context.fillStyle = palette.text;
    context.fillRect(wide(model.frame), 0, 2, STRIP);
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = palette["text-soft"];
    context.fillText(duration((model.info.last - model.info.first + 1) / model.info.rate_hz), 4, STRIP / 2);
  };

  const drawName = ({ context, left }, lane, top) => {
    context.save();
    context.beginPath();
    context.rect(0, top, left - 4, lane.height);
    context.clip();
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = palette.text;
    context.fillText(lane.name, 4, top + (lane.note ? 10 : lane.height / 2));
    context.fillStyle = palette["text-soft"];
    if (lane.note) context.fillText(lane.note, 4, top + 26);
    context.restore();
  };

  const drawRange = ({ context, left, width }, top, bottom) => {
    if (!model.range) return;
    const { first, last } = model.span;
    const from = Math.max(left, x(first)), to = Math.min(left + width, x(last + 1));
    if (to <= left || from >= left + width) return;
    context.save();
    context.globalAlpha = 0.18;
    context.fillStyle = palette.human;
    context.fillRect(from, top, Math.max(2, to - from), bottom - top);
    context.globalAlpha = 1;
    for (const at of [from, to - 2]) context.fillRect(at, top, 2, bottom - top);
    context.restore();
  };

  const redraw = () => { waiting ||= requestAnimationFrame(draw); };
  const show = (found) => {
    tracks = found;
    for (const mask of found.buttons) used |= mask ?? 0;
    canvas.dataset.complete = found.complete;
    redraw();
  };
  const onFrame = () => {
    canvas.setAttribute("aria-valuenow", model.frame);
    canvas.setAttribute("aria-valuetext", `frame ${model.frame}, ${duration((model.frame - model.info.first) / model.info.rate_hz)}`);
    redraw();
  };
  const following = followTracks(model, columns, show, failed);
  const pointer = followPointer(canvas, model, {
    frameAt: (px) => Math.floor(model.view.first + ((px - gutter()) / (canvas.clientWidth - gutter())) * (model.view.last - model.view.first + 1)),
    wideAt: (px) => Math.floor(model.info.first + ((px - gutter()) / (canvas.clientWidth - gutter())) * (model.info.last - model.info.first + 1)),
    onStrip: (py) => py < STRIP + GAP,
    over: (frame) => setText(under, tracks ? describe(model, tracks, frame) : ""),
  });
  const sized = new ResizeObserver(() => { redraw(); following.refresh(); });
  sized.observe(canvas);
  const unscheme = onScheme(() => { palette = colours(); redraw(); });
  for (const name of ["view", "range", "plots"]) model.addEventListener(name, redraw);
  model.addEventListener("frame", onFrame);
  onFrame();
  return {
    element, refresh: following.refresh,
    close() {
      following.close();
      pointer.close();
      sized.disconnect();
      unscheme();
      cancelAnimationFrame(waiting);
    },
  };
}

/** What a frame under the pointer is, in words. */
function describe(model, tracks, frame) {
  if (frame === null || frame < model.info.first || frame > model.info.last) return "";
  const near = Math.max(1, (model.view.last - model.view.first) / 200);
  const events = tracks.events.filter((event) => Math.abs(event.frame - frame) <= near).slice(0, 3)
    .map(({ frame: at, name, facts }) => `${name} @ ${at}${facts ? ` (${facts})` : ""}`);
  const gaps = tracks.gaps.filter(({ first, last }) => first <= frame && frame <= last)
    .map(({ source, kind, reason }) => `${source} lacks ${kind}: ${reason}`);
  return [`frame ${frame}`, duration((frame - model.info.first) / model.info.rate_hz), ...events, ...gaps].join(" · ");
}
