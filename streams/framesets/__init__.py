"""Recording → memory changes → frame sets: five frames of play, and every word of memory that changed in them."""
