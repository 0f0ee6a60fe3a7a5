"""The ZCL service that every product shares.

* `types`, `frame`: pure codecs.
* `attributes`: declared attributes and their values. `reporting`: what a host configured to be told.
* `cluster`, `endpoint`: the machinery.
* `general`: the commands every cluster has, in `read_write`, `reporting_commands` and `discovery`.
* `basic`, `identify`, `groups`, `scenes`, `onoff`, `io`: what single clusters do.

Section numbers are those of the ZCL specification, document 075123, revision 6.
"""
