"""What an audit of a world must find, counted the long way round, and the comparison with a report.

Shares nothing with the auditor: dates are read by the standard library, counts are plain dictionaries,
lists are built and sorted where a program in a hurry would add up as it goes. Where the two disagree,
one of them is wrong.
"""

from auditor.simulator.truth.attention import compare_attention, tell_attention
from auditor.simulator.truth.comparison import compare
from auditor.simulator.truth.served import Served
from auditor.simulator.truth.telling import tell_truth

__all__ = ("Served", "compare", "compare_attention", "tell_attention", "tell_truth")
