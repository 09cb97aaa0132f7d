"""Actors → lockstep episodes → what really happened → scores: how well a mind plays, measured the same way every time.

    lineup ─► episode (bridge + actors on a MemoryBus, one process) ─► referee ─► score ─► batch ─► report
                                                                      └► moments, truth, travels, recall

An episode is reproducible: the same game, lineup, seed and frames give the same score. Only `timing` is measured by a clock.
The referee sees what no actor may: the watches of the true map. Where a game lacks a watch, the figure is absent, not 0.
"""
