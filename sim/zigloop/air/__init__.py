"""The air: the stations on it, the links between them, and a frame's path from one to another.

`frame`, `link`: what travels, and over what. `station`: what the air expects of a device's node and of a radio.
`stations`, `medium`, `distance`, `links`: the stations, and which of them hear each other. `mesh`: parents, routes.
`hop`, `indirect`, `acknowledged`: single hops, frames for sleeping stations, APS acknowledgements. `air` assembles
these; `controls` are its faults.

Neighbours make an `Air`, attach stations to it, and use its methods, its `mesh` and its `medium`.
"""
