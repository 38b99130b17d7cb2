"""One module per command: ``add`` declares it, ``run`` does it and returns the exit status.

``add`` imports nothing but argparse, so that each command starts with only what it needs.
"""
