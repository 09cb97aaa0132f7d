// The REST API (/api/v1), of one session.

/** Return `url`, `get`, `post` and `postText` for a session. What they throw has `refused` when trying again cannot help. */
export function sessionApi(session) {
  const base = `/api/v1/sessions/${encodeURIComponent(session)}`;
  const url = (path) => (path ? `${base}/${path}` : base);
  return {
    url,
    get: (path) => ask(url(path), {}),
    post: (path, value) => ask(url(path), posting("application/json", JSON.stringify(value))),
    postText: (path, text) => ask(url(path), posting("text/plain", text)),
  };
}

function posting(kind, body) {
  return { method: "POST", headers: { "content-type": kind }, body };
}

/** How long the studio may take; a server that is gone is noticed sooner. */
const LIMIT_MS = 15_000;

/** Fetch JSON from the API. */
export async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", signal: AbortSignal.timeout(LIMIT_MS), ...options });
  } catch {
    throw new Error("the studio does not answer");
  }
  const value = await response.json().catch(() => null);
  if (response.ok) return value;
  const error = new Error(value?.error ?? `${path}: ${response.status} ${response.statusText}`);
  error.refused = [400, 404, 409, 413, 422].includes(response.status);
  error.gone = response.status === 404;
  throw error;
}
