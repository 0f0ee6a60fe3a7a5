"""The ZCL service that every product shares.

* `types`, `frame`: pure codecs.
* `attributes`: declared attributes and their values. `reporting`: reports that a host has configured.
* `cluster`, `endpoint`: the machinery. `owner`: the node, as far as these need it.
* `general`: the commands that every cluster has. `clusters`: one behaviour for each cluster that has its own.

Products declare clusters with the functions of `clusters`, and endpoints with `endpoint.EndpointDeclaration`. Section
numbers are those of the ZCL specification, document 075123, revision 6.
"""
