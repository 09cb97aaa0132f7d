"""Bridge → wire → subject → actor → action → bridge: the actors, from plan to waypoints to buttons."""
