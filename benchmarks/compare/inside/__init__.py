"""Code that runs inside each checkout, in the checkout's own environment.

It is copied beside the results and started as `python -m zigloop_compare.…` (`benchmarks.compare.checkouts`), so it
imports nothing from `benchmarks` and only sibling modules of its own. Only `adapter` uses the API of the project.
"""
