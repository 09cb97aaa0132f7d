// The sessions page: the list, or with a name the viewer of one session.

import { get } from "../api.js";

/** Fill the element; `params.name` names a session, `params.frame` the frame to begin at. */
export async function open(element, params) {
  if (!params.name) return (await import("../past/list.js")).open(element, params);
  const [viewer, info] = await Promise.all([import("../past/viewer.js"), get(`/api/sessions/${encodeURIComponent(params.name)}`)]);
  return viewer.open(element, params, info);
}
