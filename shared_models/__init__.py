"""What till and server share: the domain, the wire messages and the tables."""
