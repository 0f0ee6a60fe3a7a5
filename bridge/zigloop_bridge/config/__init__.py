"""configuration.yaml.

Neighbours use `file` (`ConfigFile`: read, change, save), `schema` (the data), `rules.host_and_port` and
`names.check_friendly_name`. `reader` converts a `document` (YAML with comments and line numbers) to that data.
"""
