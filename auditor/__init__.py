"""Audits Cisco Meraki licenses over many organizations into one JSON report."""

__version__ = "0.1.0"
