"""The ZCL implementation that all products share.

* `types`, `frame`: pure codecs.
* `attributes`: declared attributes and their values. `reporting`: reports that a host has configured.
* `cluster`, `endpoint`: base classes. `owner`: the node, as they need it.
* `general`: the commands that every cluster has. `clusters`: clusters with behaviour of their own.

Products declare clusters with the functions of `clusters`, and endpoints with `endpoint.EndpointDeclaration`. Section
numbers are those of the ZCL specification, document 075123, revision 6.
"""
