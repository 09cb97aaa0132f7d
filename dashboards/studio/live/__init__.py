"""Live sessions in the browser: watched once for all viewers, and only while somebody looks.

bus ─► watch ─► picture (one PNG a frame) ─┐
        ├─► board (what is told beside it) ├─► viewer ─► browser ─► hand ─► bus
        └─► annotated (a thread, 10 Hz) ───┘
"""
