"""Pictures of each screen: a real till on real files plays each situation; the window is drawn without a display."""
