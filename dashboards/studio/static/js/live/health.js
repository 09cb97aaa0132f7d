// One strip per process: rate against the wanted one, latency over the last minute, what is wrong.

import { arrange, fill, make, setText } from "../dom.js";

const KEPT = 60;
const WIDTH = 120, HEIGHT = 26;

/** Make the strips. Returns `{element, show(health)}`. */
export function makeHealth() {
  const element = make("div", { class: "strips" });
  const strips = new Map();

  function show(health) {
    const style = getComputedStyle(element);  // read before anything is written, or each strip is styled anew
    const colours = { bad: style.getPropertyValue("--bad"), line: style.getPropertyValue("--series-1") };
    for (const report of health) {
      if (!strips.has(report.process)) {
        const strip = makeStrip(report.process);
        strips.set(report.process, strip);
      }
      strips.get(report.process).show(report, colours);
    }
    if (health.length) arrange(element, health.map(({ process }) => strips.get(process).element));
    else if (!strips.size) fill(element, make("p", { class: "soft" }, "no process has reported its health yet"));
  }
  return { element, show };
}

function makeStrip(name) {
  const canvas = make("canvas", { width: String(WIDTH * 2), height: String(HEIGHT * 2), "aria-hidden": "true" });
  const rate = make("span", { class: "mono" }), latency = make("span", { class: "mono" }), wrong = make("span", { class: "small" });
  const element = make("div", { class: "strip" },
    make("strong", {}, name), rate, make("span", { class: "strip-plot" }, canvas), latency, wrong);
  const history = [];
  let ticks = -1;

  function show(report, colours) {
    if (report.ticks !== ticks) {
      ticks = report.ticks;
      history.push(report.latency_p99 || report.tick_p99);
      if (history.length > KEPT) history.shift();
      plot(canvas, history, report.wanted ? 1000 / report.wanted : 0, colours);
    }
    setText(rate, report.wanted ? `${report.rate.toFixed(1)} / ${report.wanted.toFixed(1)} Hz` : `${report.rate.toFixed(1)} Hz`);
    rate.className = `mono ${report.rate_ok ? "" : "bad"}`;
    setText(latency, `${(report.latency_p50 || report.tick_p50).toFixed(2)} / ${(report.latency_p99 || report.tick_p99).toFixed(2)} ms`);
    latency.title = report.latency_p99 ? "frame → action, p50 / p99" : "a tick, p50 / p99";
    const worst = Math.max(0, ...report.problems.map(([, level]) => level));
    wrong.className = `small strip-wrong ${["good", "slow", "bad"][worst]}`;
    const restarts = report.restarts ? ` · ${report.restarts} restarts` : "";
    setText(wrong, (report.problems.map(([text]) => text).join(" · ") || "fine") + restarts);
    wrong.title = wrong.textContent;
  }
  return { element, show };
}

/** Draw values as a line; where there is a limit, its line and what lies over it in another colour. */
function plot(canvas, values, limit, colours) {
  const context = canvas.getContext("2d");
  const most = Math.max(...values, limit ? limit / 4 : 0, 0.001);
  const x = (i) => ((i + KEPT - values.length) / (KEPT - 1)) * canvas.width;
  const y = (value) => canvas.height - 3 - (value / most) * (canvas.height - 8);
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (limit && limit <= most) {
    context.strokeStyle = colours.bad;
    context.setLineDash([4, 4]);
    context.beginPath();
    context.moveTo(0, y(limit));
    context.lineTo(canvas.width, y(limit));
    context.stroke();
    context.setLineDash([]);
  }
  context.strokeStyle = colours.line;
  context.lineWidth = 2.5;
  context.beginPath();
  values.forEach((value, i) => (i ? context.lineTo(x(i), y(value)) : context.moveTo(x(i), y(value))));
  context.stroke();
}
