"""Scripts that run inside emulators, and the wire they share. None yet: libretro cores are driven in process."""
