"""Pictures of every page in every language, width and theme, from a throw-away shop with made-up people."""
