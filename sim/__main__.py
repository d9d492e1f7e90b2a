"""`python -m sim` is `permiscope`."""

from sim.cli import main

main()
