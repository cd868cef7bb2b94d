"""The shape of the report: a model for each of its blocks."""
