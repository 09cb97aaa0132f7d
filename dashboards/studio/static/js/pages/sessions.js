// The sessions page: the list, or with a name the viewer of one session.

/** Fill the element; `params.name` names a session, `params.frame` the frame to begin at. */
export async function open(element, params) {
  const part = params.name ? await import("../past/viewer.js") : await import("../past/list.js");
  return part.open(element, params);
}
