"""Bridge → wire → subject → actor → action → bridge: this is the first step, one file per emulator family."""
