// What one annotator can take back, and take back the taking back: from the log of their acts, oldest first.

/** Return {undo, redo}: the act ids that `z` and `shift-z` would undo; empty for none. */
export function standing(acts) {
  const done = []; // labels that hold, oldest first
  const undone = []; // undos that hold, oldest first
  for (const act of acts) {
    if (!act.undoes) {
      if (act.suggestion) continue;
      done.push(act.act_id);
      undone.length = 0; // who goes on labelling does not redo
    } else if (done.includes(act.undoes)) {
      done.splice(done.indexOf(act.undoes), 1);
      undone.push({ id: act.act_id, target: act.undoes });
    } else {
      const at = undone.findIndex((undo) => undo.id === act.undoes);
      if (at < 0) continue;
      done.push(undone[at].target);
      undone.splice(at, 1);
    }
  }
  return { undo: done.at(-1) ?? "", redo: undone.at(-1)?.id ?? "" };
}
