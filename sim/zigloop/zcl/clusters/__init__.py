"""Single clusters: their numbers, a function that declares each, and a behaviour for those that have commands."""
