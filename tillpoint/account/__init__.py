"""A member's life from a file: points, growth, tier and stored value, event after event, outside a till."""
