"""Recording → rows → files: one file per dataset format."""
