"""The general commands (ZCL 2.5): `commands.execute` is the entry point."""
