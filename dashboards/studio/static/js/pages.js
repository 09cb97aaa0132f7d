// The pages: a page is one line here and one module that exports `open(element, params)`, which returns `close()`.

export const PAGES = [
  { name: "live", title: "Live", key: "1", load: () => import("./pages/live.js") },
  { name: "sessions", title: "Sessions", key: "2", load: () => import("./pages/sessions.js") },
  { name: "annotate", title: "Annotate", key: "3", load: () => import("./pages/annotate.js") },
  { name: "api", title: "API", key: "0", load: () => import("./pages/api.js") },
];
