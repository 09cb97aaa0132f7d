"""The command line of this package; each file is one sub-command."""
