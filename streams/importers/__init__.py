"""Data of other programs → recorded sessions."""
