"""Scripts that run inside emulators, and the wire they share with the bridge."""
