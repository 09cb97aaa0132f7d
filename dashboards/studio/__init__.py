"""The studio: a browser page to watch games, look through recordings and annotate them. `runtime studio` serves it.

browser ─► security ─► app ─► routes/<part> ─► hub ─► NATS server ─► live sessions and recordings

`command` and `running` start it, `serving` is the web server, `security` decides who may ask what, `hub` is the one
connection to the NATS server: it starts one over the state folder where none runs, so that recordings can be read when
nothing plays.

A part is added with
  - `routes/PART.py`: an `APIRouter` called `router`, its paths under `/api/PART`, and its line in `app.ROUTERS`. It
    gets the hub as an argument of type `hub.TheHub`. Raise errors of runtime.errors; `app` turns them into
    `{"error": text}` with a fitting status. Blocking work goes through `asyncio.to_thread`.
  - `static/js/pages/PAGE.js`: `export async function open(element, params)`, which fills the element and returns
    `close()`; and its line in `static/js/pages.js`. The address `#/live/s1?rate=2` opens the page `live` with
    `params = {name: "s1", rate: "2"}`.
  - `static/css/PART.css`, linked in `static/index.html`; colours only by the names in `css/theme.css`.
  - `static/js/dom.js` makes elements, `js/api.js` asks the server and shows notices, `js/keys.js` has the one table of
    keys, which `?` shows.
  - `tests/studio/test_PART.py`, with the fixtures of `tests/studio/conftest.py`: `home` (a state folder with a recorded
    session `quest`), `studio` (the command as it is started by users), `page` (Chromium); `running.eventually` waits
    for the page, since Playwright's `wait_for_function` needs the `eval` that the pages forbid.
No script or style is inline and nothing comes from elsewhere: the Content-Security-Policy forbids both.
"""
