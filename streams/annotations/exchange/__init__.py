"""Labels in files: for other programs, and from them. A new format is one file here and one line in `formats`."""
