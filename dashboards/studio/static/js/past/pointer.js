// Mouse and touch on the timeline: drag to scrub, with Shift to mark a range, two fingers or Ctrl+wheel to zoom.

/** Follow pointers on a canvas; `where` says which frame is at which place. Returns {close()}. */
export function followPointer(canvas, model, where) {
  const pointers = new Map();
  let mode = "", pinch = null, marked = 0;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  const down = (event) => {
    if (event.button > 0) return;
    const at = place(event);
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at);
    if (pointers.size === 2) {
      mode = "pinch";
      pinch = spread();
      return;
    }
    mode = where.onStrip(at.y) ? "strip" : event.shiftKey ? "mark" : "scrub";
    if (mode === "mark") {
      marked = model.clamp(where.frameAt(at.x));
      model.range = { first: marked, last: marked };
      model.tell("range");
    }
    move(event);
  };

  const move = (event) => {
    const at = place(event);
    if (!pointers.has(event.pointerId)) {
      where.over(where.onStrip(at.y) ? where.wideAt(at.x) : where.frameAt(at.x));
      return;
    }
    pointers.set(event.pointerId, at);
    if (mode === "scrub") model.go(Math.max(model.view.first, Math.min(model.view.last, where.frameAt(at.x))));
    else if (mode === "strip") {
      const frame = model.clamp(where.wideAt(at.x)), half = (model.view.last - model.view.first) / 2;
      model.look(frame - half, frame + half);
      model.go(frame);
    } else if (mode === "mark") {
      const frame = model.clamp(where.frameAt(at.x));
      model.range = { first: Math.min(marked, frame), last: Math.max(marked, frame) };
      model.tell("range");
    } else if (mode === "pinch" && pointers.size === 2) {
      const now = spread();
      model.zoom(pinch.apart / Math.max(1, now.apart), where.frameAt(now.middle));
      pinch = now;
    }
  };

  const up = (event) => {
    pointers.delete(event.pointerId);
    if (!pointers.size) mode = "";
  };

  const spread = () => {
    const [a, b] = [...pointers.values()];
    return { apart: Math.abs(a.x - b.x) + 1, middle: (a.x + b.x) / 2 };
  };

  const wheel = (event) => {
    const span = model.view.last - model.view.first;
    if (event.ctrlKey || event.metaKey) model.zoom(Math.exp(event.deltaY / 300), where.frameAt(place(event).x));
    else if (event.deltaX || event.shiftKey) {
      const by = ((event.deltaX || event.deltaY) / canvas.clientWidth) * span;
      model.look(model.view.first + by, model.view.first + by + span);
    } else return;
    event.preventDefault();
  };

  const leave = () => where.over(null);
  const listeners = { pointerdown: down, pointermove: move, pointerup: up, pointercancel: up, pointerleave: leave, wheel };
  for (const [name, listener] of Object.entries(listeners)) canvas.addEventListener(name, listener, { passive: false });
  return {
    close() {
      for (const [name, listener] of Object.entries(listeners)) canvas.removeEventListener(name, listener);
    },
  };
}
