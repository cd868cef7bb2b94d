"""Failed checks of the table tell what they saw."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.end_to_end.faults.expectation")
