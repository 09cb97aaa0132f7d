// The connection to one live session: texts by kind, pictures with their header. It comes back when it was lost.

import { socketUrl } from "../api.js";

const HEADER_BYTES = 20;

/** Before a lost connection is tried again: at first, and at most. */
const AGAIN_MS = 500, LATEST_MS = 8000;

/**
 * Connect to a session. `on` has a function for each kind of text ("you", "about", "now", "more", "error"), for "frame"
 * and "annotated" pictures `({number, frame, sentMs, png})`, and "lost". Returns `{say(value), close()}`.
 */
export function connect(session, on) {
  let socket = null, again = 0, closed = false, pause = AGAIN_MS;

  function open() {
    socket = new WebSocket(socketUrl(`/api/live/${encodeURIComponent(session)}/watch`));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => on.open?.();
    socket.onmessage = ({ data }) => (typeof data === "string" ? hearText(data) : hearPicture(data));
    socket.onclose = () => {
      if (closed) return;
      on.lost?.();
      again = setTimeout(open, pause);
      pause = Math.min(pause * 2, LATEST_MS);
    };
  }

  function hearText(text) {
    const value = JSON.parse(text);
    if (value.kind === "about") pause = AGAIN_MS;
    on[value.kind]?.(value);
  }

  function hearPicture(buffer) {
    const view = new DataView(buffer);
    const png = new Blob([new Uint8Array(buffer, HEADER_BYTES)], { type: "image/png" });
    const picture = { number: view.getUint32(4, true), frame: view.getInt32(8, true), sentMs: view.getFloat64(12, true), png };
    (view.getUint32(0, true) === 1 ? on.frame : on.annotated)(picture);
  }

  open();
  return {
    say(value) {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(value));
    },
    close() {
      closed = true;
      clearTimeout(again);
      socket.close();
    },
  };
}
