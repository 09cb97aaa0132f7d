"""The REST API under /api/v1, which the annotate page uses too.

request ─► problems ─► sessions, sets, frames, figures, acts, files ─► desk ─► catalogue (which sessions, which frames)
                                                                         ├──► reading (pictures, buttons, memory)
                                                                         └──► ledger (labels by now) ─► sheet (as shown)

`shapes` are the typed requests and answers, of which /api/v1/openapi.json is made; the page `#/api` lists the routes.
"""
