"""Compares two reports: what changed between them, as far as counts can tell.

A report holds no license rows, so everything about licenses is net: five that were renewed and five others
that began to expire look like nothing. What one side did not read is told as not known, never as a change.
"""
