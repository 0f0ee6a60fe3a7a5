"""Frames as text (`describe.describe_aps`) and in files of captures (`recording.read`)."""
