"""An emulator in a process of its own that emulates frames in advance, where the clock is free.

    us: held buttons ─► slot ─► its process: step ─► pixels, changed bytes of memory ─► slot ─► us: encode, publish

It may be some frames ahead of those that we encode, so that both processes always have something to do. What is held
during a frame is settled when it is asked for.
"""

#: A second of a GBA's frames: so far does what is held then lag behind what actors saw.
MOST_PREFETCHED = 60
