"""Everything that waits or touches the network: pacing, transport, retries, scheduling."""
