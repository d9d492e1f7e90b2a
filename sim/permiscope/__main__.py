"""`python -m permiscope` is `permiscope`."""

from permiscope.cli import main

main()
