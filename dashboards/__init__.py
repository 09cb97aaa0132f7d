"""What people look at. `terminal/` holds the commands that show live streams."""
