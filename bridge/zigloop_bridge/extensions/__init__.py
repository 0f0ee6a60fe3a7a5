"""What the bridge does beside publishing states and answering requests.

Neighbours use `extension`: `Extension` with its hooks, and `Extensions`, which calls those of many. Everything else is
made by `app` alone. A new extension is a module here, and a line in `app`.
"""
