"""What a cashier does: the use cases and the ports they need. No Qt, no threads of its own."""
