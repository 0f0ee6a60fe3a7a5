"""Everything that the bridge does beside publishing states and answering requests.

Only `app` creates these. A new extension is a module here, with a class that implements hooks of
`zigloop_bridge.extension.Extension`, and a line in `app`. `retrieval` and `policy` are parts of availability.
"""
