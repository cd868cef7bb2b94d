"""The report: its shape, its schema and its bytes. Pure: the same values give the same bytes."""
