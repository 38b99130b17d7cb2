"""Front door: command line, demo, simulation and benchmarks."""
