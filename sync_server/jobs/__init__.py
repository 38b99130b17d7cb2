"""Work that nobody waits for: idempotent, resumable, done once however many workers there are."""
