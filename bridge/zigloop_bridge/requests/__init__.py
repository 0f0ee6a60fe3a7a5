"""Requests of MQTT clients: `NAME/set`, `NAME/get` and `bridge/request/…`.

Neighbours use `dispatcher` (`Dispatcher`, which gets each message), `set_get`, `pending`, `context`, and the pure
`plan`. A new request is a function with `@request(name)` in the module of its topic.
"""
