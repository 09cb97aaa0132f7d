// The screen: draws the model's frame, and moves it on while playing. No frame is shown for another.

import { make, setText } from "../dom.js";
import { Pictures } from "./pictures.js";

export const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 60];

const AT_ONCE = 60; // pictures of one answer while playing
const SLOW_MS = 300; // a picture that takes longer is announced

/** Make the screen of a session; returns {element, toggle(), close()}. */
export function openPlayer(model) {
  const { info } = model;
  const pictures = new Pictures(model);
  const canvas = make("canvas", { class: "pixels", width: info.width, height: info.height, role: "img", "aria-label": "The recorded picture" });
  const waiting = make("p", { class: "waiting", role: "status" });
  const element = make("div", { class: "screen" }, canvas, waiting);
  const context = canvas.getContext("2d", { alpha: false, colorSpace: "srgb", willReadFrequently: true });
  let fetching = false, flying = false, animation = 0, begun = null, own = -1, closed = false;

  const draw = (frame) => {
    const picture = pictures.at(frame);
    if (!picture) return false;
    if (canvas.width !== picture.width || canvas.height !== picture.height) [canvas.width, canvas.height] = [picture.width, picture.height];
    context.drawImage(picture, 0, 0);
    canvas.dataset.frame = frame; // the frame that is to be seen
    return true;
  };

  /** Bring the newest frame asked for; those passed over meanwhile are never asked for. */
  const bring = async () => {
    if (fetching || closed) return;
    fetching = true;
    const slow = setTimeout(() => setText(waiting, info.rebuilt
      ? "This session keeps inputs only: its frames are being emulated again …" : "Loading …"), SLOW_MS);
    try {
      while (!closed && !draw(model.frame)) {
        const frame = model.frame;
        await pictures.load(frame);
        if (model.frame !== frame) draw(frame); // what was passed over is shown on the way
      }
      setText(waiting, "");
    } catch (error) {
      if (!closed) setText(waiting, error.message);
    } finally {
      clearTimeout(slow);
      fetching = false;
    }
  };

  const onFrame = () => {
    if (model.frame !== own) begun = null; // somebody went elsewhere: play on from there
    if (!draw(model.frame) && !model.playing) bring();
  };

  /** Move on; the clock waits for pictures, so that speed is the only thing that leaves frames out. */
  const tick = (now) => {
    if (!model.playing) return undefined;
    animation = requestAnimationFrame(tick);
    const step = Math.max(1, Math.floor(model.speed));
    begun ??= { ms: now, frame: model.frame };
    const passed = ((now - begun.ms) / 1000) * info.rate_hz * model.speed;
    const to = Math.min(info.last, begun.frame + Math.floor(passed / step) * step);
    prefetch(to, step);
    if (pictures.at(to)) {
      own = to;
      model.go(to);
      if (to >= info.last) return stop();
    } else begun = { ms: now, frame: nearest(model.frame, to, step) };
    if (begun.frame > model.frame && pictures.at(begun.frame)) model.go(own = begun.frame);
    return undefined;
  };

  /** Ask for the first picture on the way that is not here, and those after it; one answer at a time. */
  const prefetch = (to, step) => {
    let frame = to;
    for (let i = 0; i < 2 * AT_ONCE && pictures.at(frame); i++) frame += step;
    if (flying || frame > info.last || pictures.at(frame)) return;
    flying = true;
    pictures.ahead(frame, AT_ONCE, step)
      .catch((error) => { setText(waiting, error.message); stop(); })
      .finally(() => { flying = false; });
  };

  /** The last frame before `to` whose picture is here. */
  const nearest = (from, to, step) => {
    let frame = from;
    while (frame + step <= to && pictures.at(frame + step)) frame += step;
    return frame;
  };

  const stop = () => {
    if (!model.playing) return;
    model.playing = false;
    begun = null;
    cancelAnimationFrame(animation);
    model.tell("playing");
    onFrame();
  };

  const toggle = () => {
    if (model.playing) return stop();
    if (model.frame >= info.last) model.go(info.first);
    model.playing = true;
    begun = null;
    animation = requestAnimationFrame(tick);
    model.tell("playing");
    return undefined;
  };

  const onSpeed = () => { begun = null; };
  model.addEventListener("frame", onFrame);
  model.addEventListener("speed", onSpeed);
  bring();
  return {
    element, toggle, stop,
    close() {
      closed = true;
      stop();
      pictures.close();
    },
  };
}
