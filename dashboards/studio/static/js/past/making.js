// What is made of a session: a branch that plays on from this frame, a dataset of the range; and how far that is.

import { get, notice, post, tell } from "../api.js";
import { fill, make, setText } from "../dom.js";

const FORMATS = ["parquet", "lerobot", "minari", "webdataset", "mp4", "frameset", "jsonl"];
const RUNNING_MS = 400, IDLE_MS = 5000;

/** Make the panel; returns {element, branch(), focus(), close()}. */
export function openMaking(model) {
  const { info } = model;
  const branchName = make("input", { "aria-label": "Name of the branch", maxlength: 64 });
  const format = make("select", { "aria-label": "Format" }, FORMATS.map((name) => make("option", { value: name }, name)));
  const stride = make("input", { class: "operand", type: "number", min: 1, value: 1, "aria-label": "A row every so many frames" });
  const folder = make("input", { "aria-label": "Folder", maxlength: 100 });
  const span = make("span", { class: "soft" });
  const list = make("ul", { class: "jobs" });
  let timer = 0, closed = false, named = false, branched = false;

  const suggest = () => {
    const { first, last } = model.span;
    setText(span, `frames ${first} to ${last}`);
    if (!branched) branchName.value = `${info.name}-${model.frame}`.slice(-64);
    if (!named) folder.value = `${info.name}-${first}-${last}-${format.value}`;
  };
  branchName.addEventListener("input", () => { branched = branchName.value !== ""; });
  folder.addEventListener("input", () => { named = folder.value !== ""; });
  format.addEventListener("change", suggest);
  model.addEventListener("frame", suggest);
  model.addEventListener("range", suggest);

  const branch = async () => {
    notice(`${branchName.value} begins …`);
    const job = await post(model.path("/branch"), { frame: model.frame, name: branchName.value.trim() });
    branched = false;
    look();
    notice(`${job.result} plays: open Live`);
    location.hash = `#/live/${encodeURIComponent(job.result)}`;
  };
  const build = async () => {
    const { first, last } = model.span;
    await post(model.path("/datasets"), { first, last, format: format.value, stride: Number(stride.value), folder: folder.value.trim() });
    named = false;
    await look();
  };
  const look = async () => {
    clearTimeout(timer);
    let jobs = [];
    try {
      jobs = await get("/api/jobs");
    } finally {
      if (!closed) {
        fill(list, jobs.map(line));
        timer = setTimeout(() => look().catch(() => {}), jobs.some(({ state }) => state === "running") ? RUNNING_MS : IDLE_MS);
      }
    }
  };
  const cancel = (number) => tell(async () => { fill(list, (await post(`/api/jobs/${number}`, {}, "DELETE")).map(line)); });
  const line = (job) => make("li", { "data-state": job.state },
    make("strong", {}, job.title), " ",
    make("span", { class: `chip ${{ done: "good", failed: "bad", running: "slow" }[job.state] ?? ""}` }, job.state), " ",
    job.state === "running" && job.total ? [make("progress", { max: job.total, value: job.done }), ` ${job.done.toLocaleString()} of ${job.total.toLocaleString()} `] : null,
    job.state === "done" && job.kind === "dataset" ? make("code", {}, job.result) : null,
    job.state === "failed" ? make("span", { class: "bad" }, job.error) : null,
    job.state === "running" ? make("button", { onclick: () => cancel(job.number) }, job.kind === "branch" ? "End" : "Cancel") : null);

  suggest();
  look().catch(() => {});
  return {
    element: make("div", {}, make("h2", {}, "Branch"),
      make("div", { class: "row" }, make("label", {}, "named ", branchName), make("button", { onclick: () => tell(branch) }, "Branch from this frame")),
      make("h2", {}, "Dataset"),
      make("div", { class: "row" }, format, make("label", {}, "every ", stride, " frames"), make("label", {}, "folder ", folder),
        make("button", { onclick: () => tell(build) }, "Build of the range"), span), list),
    branch,
    focus: () => folder.focus(),
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
