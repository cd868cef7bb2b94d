"""An audit in parts, on the workers of an existing engine: each from an address of its own, then joined."""
