"""Renderings of a finished report, one module for each format. Pure: bytes out, from the report alone."""
