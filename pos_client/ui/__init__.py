"""The till's screens: the only place that knows Qt."""
