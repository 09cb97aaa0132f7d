"""`python -m runtime` is the command `runtime`."""

from runtime.cli import main

main()
