"""The central server: takes facts in, hands state out, shows head office."""
