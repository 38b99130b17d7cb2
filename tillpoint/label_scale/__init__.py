"""Which goods a label scale is told of, at which prices, and sending them."""
