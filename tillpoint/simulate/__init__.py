"""The fleet simulator: the real till and server code in one process, under a virtual clock and with seeded faults."""
