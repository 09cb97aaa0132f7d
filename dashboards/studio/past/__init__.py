"""What was: recorded sessions for the pages, read in worker threads and kept within bounds.

store ─► recordings (opened, bounded) ─► listing, pictures, tracks, memory ─► routes.sessions, routes.memory
                                      └─► jobs: branches and datasets, as processes of their own
"""
