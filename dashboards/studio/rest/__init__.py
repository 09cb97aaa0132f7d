"""The REST API under /api/v1, which the annotate page uses too.

request ─► sessions, sets, frames, figures, acts, files ─► desk ─► reading: pictures, buttons, what memory changed
                                                             └───► sheet: labels by now, as they are shown

`asked` and `shapes` are the typed requests and answers, of which /api/v1/openapi.json is made; the page `#/api` lists
the routes.
"""
