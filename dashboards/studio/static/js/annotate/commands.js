// The keys of the annotate page: commands, and one key a label out of the vocabulary.

/** What the page itself needs; a label cannot have these keys. */
export function commandRows(desk, frames, fields) {
  return [
    { keys: ["Enter", "ArrowRight"], text: "next set of the queue", run: () => desk.step(1) },
    { keys: ["ArrowLeft"], text: "the set before", run: () => desk.step(-1) },
    { keys: ["ArrowDown"], text: "next row of labels", run: () => desk.choose(desk.field + 1) },
    { keys: ["ArrowUp"], text: "row before", run: () => desk.choose(desk.field - 1) },
    { keys: ["/"], text: "search or write in the row", run: () => fields.search(desk.field) },
    { keys: ["Backspace"], text: "take the row's label away", run: () => desk.label(desk.fields[desk.field].name, "") },
    { keys: [","], text: "carry forward: the labels of the last set", run: () => desk.carry() },
    { keys: ["="], text: "accept what is suggested for this set", run: () => desk.accept(false) },
    { keys: ["+"], text: "accept it for all frames it was suggested for", run: () => desk.accept(true) },
    { keys: ["["], text: "a range begins with this set", run: () => desk.mark("first") },
    { keys: ["]"], text: "the range ends with this set", run: () => desk.mark("last") },
    { keys: ["Escape"], text: "no range", run: () => desk.unmark() },
    { keys: ["z", "Ctrl+z"], text: "take back", run: () => desk.undo(false) },
    { keys: ["Shift+z", "Ctrl+Shift+z"], text: "do again", run: () => desk.undo(true) },
    { keys: ["Shift+ArrowLeft"], text: "frame before, in the set", run: () => frames.select(frames.at - 1) },
    { keys: ["Shift+ArrowRight"], text: "next frame, in the set", run: () => frames.select(frames.at + 1) },
    { keys: ["Space"], text: "play the set", run: () => frames.togglePlay() },
  ];
}

/** One row a key of the vocabulary: its labels' keys. */
export function labelRows(desk) {
  return desk.fields.flatMap((field) =>
    field.labels.filter((label) => label.key).map((label) => ({
      keys: [keyName(label.key)],
      text: `${field.name}: ${label.value}`,
      run: () => desk.label(field.name, label.value),
    })));
}

/** A letter of the vocabulary as the table of keys names it: `Q` is Shift+q. */
function keyName(key) {
  return /[A-Z]/.test(key) ? `Shift+${key.toLowerCase()}` : key;
}
