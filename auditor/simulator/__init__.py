"""A Dashboard API of our own, on loopback, for a world whose true counts are known.

An oracle: it imports nothing of the auditor, so that a bug there cannot agree with itself here.
Import from the modules: `server.Simulator`, `world.WorldSpec`, `faults.FaultPlan`,
`budgets.BudgetLimits`, `truth.compare`.
"""
