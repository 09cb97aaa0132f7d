"""Searching a recording's memory as Cheat Engine and RAM Search search a running game's.

recorded memory ─► blocks (which word changed when, to what) ─► conditions, one after the other ─► places ─► a watch
"""
