"""From devices to the counter and back: the print queue to the printer, the scanner to the entry field."""
