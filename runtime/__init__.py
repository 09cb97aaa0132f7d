"""Bridge → wire → subject → actor → action → bridge: the core of Framewire."""
