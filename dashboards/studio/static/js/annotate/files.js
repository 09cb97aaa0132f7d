// Labels as files: for other programs, and from them.

import { fill, make } from "../dom.js";

const FORMATS = {
  acts: "JSON lines, all acts", rows: "JSON lines, training rows", csv: "CSV", "label-studio": "Label Studio JSON",
};

/** Return the panel; `stored()` is called when a file was taken in. */
export function files(api, annotator, stored) {
  const links = Object.entries(FORMATS).map(([format, text]) =>
    make("li", {}, make("a", { href: api.url(`export?format=${format}`), download: true }, text)));
  const format = make("select", { "aria-label": "Format of the file" },
    Object.entries(FORMATS).map(([value, text]) => make("option", { value }, text)));
  const said = make("p", { role: "status" });
  const file = make("input", {
    type: "file", "aria-label": "File with labels",
    onchange: async () => {
      if (!file.files.length) return;
      try {
        const done = await api.postText(`import?format=${format.value}&annotator=${annotator}`, await file.files[0].text());
        fill(said, `${done.stored} of ${done.acts} acts are new`);
        stored();
      } catch (error) {
        fill(said, error.message);
      }
      file.value = "";
    },
  });
  return make("details", { class: "panel files" },
    make("summary", {}, "Files: export and import"),
    make("ul", {}, links), make("div", { class: "row" }, "Import ", format, file), said);
}
