"""Frames for people and files: `describe.describe_aps` for a line of text, `recording.read` for a file of captures."""
