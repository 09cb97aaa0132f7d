"""Actors → lockstep episodes → what really happened → scores: how well a mind plays, measured the same way every time.

    lineup ─► episode (bridge + actors on a MemoryBus, one process) ─► referee ─► score ─► batch ─► report
                                                                       └─► moments, truth, travels, questions

An episode is reproducible: the same game, lineup, seed and frames give the same score; only its `timing` is measured by
a clock. The referee sees what no actor may: the true map. Where a game lacks a watch, the figure is absent, not 0.
"""
