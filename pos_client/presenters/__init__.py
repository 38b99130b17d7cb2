"""What the screens show and what happens on a key: plain Python, no Qt."""
