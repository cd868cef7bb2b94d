"""Judges a finished report: a policy's rules, waivers and baseline; and compares two reports.

Pure, and from the reports alone: the only time is their `asOf`.
"""
