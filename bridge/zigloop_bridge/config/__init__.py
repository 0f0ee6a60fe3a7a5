"""configuration.yaml.

Neighbours use `file` (`ConfigFile`: read, change, save), `schema` (the data), `rules.host_and_port` and
`names.check_friendly_name`. `reader` makes the data of a `document`, which is YAML with comments and lines.
"""
