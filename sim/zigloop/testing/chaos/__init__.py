"""Random faults during tests, and the invariants that must hold at their end.

The pytest plugin loads `plugin` for `--chaos`. Other tests may use `chaos.Chaos`, `schedule.draw` and `verdict.judge`.
"""
