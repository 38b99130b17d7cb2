"""Pure rules of the shop. Standard library only: no clock, no randomness, no database, no network, no Qt."""
