"""Recording ⇄ one MCAP file that other people's tools read."""
