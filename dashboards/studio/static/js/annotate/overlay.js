// A set's labels as they will be when everything unsaved has arrived.

/**
 * @param {object} set as the server knows it
 * @param {object[]} unsaved acts, oldest first
 * @param {Map<string, object>} known this annotator's acts by id
 * @returns {{labels: object, pending: Set<string>}} the labels, and which keys are not yet saved
 */
export function overlaid(set, unsaved, known) {
  const labels = { ...set.labels };
  const pending = new Set();
  const undone = new Set(unsaved.map((act) => act.undoes).filter(Boolean));
  for (const act of unsaved) {
    if (act.first_frame > set.first_frame || act.last_frame < set.last_frame) continue;
    for (const key of Object.keys(known.get(act.undoes)?.labels ?? {})) pending.add(key);
    if (undone.has(act.act_id)) continue;
    for (const [key, value] of Object.entries(act.labels)) {
      pending.add(key);
      if (value === "" || value.length === 0) delete labels[key];
      else labels[key] = value;
    }
  }
  return { labels, pending };
}
