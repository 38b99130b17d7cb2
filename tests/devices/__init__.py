"""docs/devices.md, cell by cell: what each device does in each state when something happens to it."""
