"""Versioned messages between till and server, and the encoding of facts."""
