// The frame of all pages: opens the page that the address names, shows whether the server is there.

import { get } from "./api.js";
import { fill, make } from "./dom.js";
import { bind, listen, showKeys } from "./keys.js";
import { PAGES } from "./pages.js";

const CONNECTION_MS = 5000;

let close = null;
let opening = 0;

/** Split `#/live/s1?rate=2` into the page's name and its params. */
function address() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [page, ...rest] = path.split("/");
  return { page: page || "live", params: { ...Object.fromEntries(new URLSearchParams(query)), name: decodeURIComponent(rest.join("/")) } };
}

async function openPage() {
  const { page, params } = address();
  const found = PAGES.find(({ name }) => name === page);
  const turn = ++opening;
  const element = document.getElementById("page");
  await close?.();
  close = null;
  fill(element);
  element.className = `page-${page}`;
  for (const link of document.querySelectorAll("#nav a")) {
    if (link.dataset.page === page) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${found?.title ?? "?"} · Framewire studio`;
  try {
    if (!found) throw new Error(`there is no page ${page}`);
    const opened = await (await found.load()).open(element, params);
    if (turn === opening) close = opened;
    else await opened?.();
  } catch (error) {
    fill(element, make("div", { class: "empty" }, make("h1", {}, "This page does not open"), make("p", {}, error.message)));
  }
}

async function showConnection() {
  const element = document.getElementById("connection");
  let text = "", level = "good";
  try {
    const { connected, server } = await get("/api/about");
    if (!connected) [text, level] = [`no NATS server at ${server}`, "bad"];
  } catch (error) {
    [text, level] = [error.message, "bad"];
  }
  if (element.textContent !== text) element.textContent = text;
  element.dataset.level = level;
}

fill(document.getElementById("nav"), PAGES.map(({ name, title, key }) =>
  make("a", { href: `#/${name}`, "data-page": name, title: `${title} (${key})` }, title)));
bind("Everywhere", [
  ...PAGES.map(({ name, title, key }) => ({ keys: [key], text: title, run: () => { location.hash = `#/${name}`; } })),
  { keys: ["?"], text: "these keys", run: showKeys },
]);
document.getElementById("help").addEventListener("click", showKeys);
listen();
addEventListener("hashchange", openPage);
setInterval(() => { if (!document.hidden) showConnection(); }, CONNECTION_MS);
showConnection();
openPage();
