"""What a run has finished, on disk as it goes: after a crash the next one asks only for what is missing."""
