"""Talking to the server: facts go up, state comes down. Never on the cashier's thread."""
