"""A person plays: keys → actions of the actor `person` → bridge; frames → a window or the terminal."""
