"""Clusters: identifiers, a function that declares each, and behaviour for those with commands."""
