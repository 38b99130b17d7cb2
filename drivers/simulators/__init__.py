"""Virtual devices that speak the real bytes, with knobs for what goes wrong."""
