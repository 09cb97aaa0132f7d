// Asking the server, and telling people what went wrong.

import { make } from "./dom.js";

const NOTICE_MS = 6000;

/** GET a path; the decoded JSON. Throws an Error with the server's words. */
export function get(path, signal) {
  return ask(path, { signal });
}

/** POST (or another method) a value as JSON; the decoded answer. Throws an Error with the server's words. */
export function post(path, value = {}, method = "POST") {
  return ask(path, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(value) });
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("the studio does not answer; was it ended?");
  }
  const value = await response.json().catch(() => null);
  if (!response.ok) throw new Error(value?.error ?? `${path}: ${response.status} ${response.statusText}`);
  return value;
}

/** The WebSocket address of a path. */
export function socketUrl(path) {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
}

/** Show a line for some seconds; `level` is "good" or "bad". */
export function notice(text, level = "good") {
  const line = make("div", { class: `notice ${level}` }, text);
  const notices = document.getElementById("notices");
  notices.append(line);
  while (notices.children.length > 4) notices.firstChild.remove();
  setTimeout(() => line.remove(), NOTICE_MS);
}

/** Run something; what it throws becomes a notice. */
export async function tell(work) {
  try {
    return await work();
  } catch (error) {
    notice(error.message, "bad");
    return undefined;
  }
}
