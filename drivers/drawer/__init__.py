"""Cash drawers: what their switch says, and those with a trigger of their own."""
