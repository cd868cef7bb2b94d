"""What a license is, and the arithmetic over it. Pure: no clock, no network, no files."""
