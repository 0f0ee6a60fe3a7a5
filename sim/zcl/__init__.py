"""The ZCL service that every product shares.

* `types`, `frame`: pure codecs.
* `attributes`: declared attributes and their values. `reporting`: what a host configured to be told.
* `cluster`, `endpoint`: the machinery. `general`: the commands every cluster has.
* `basic`, `identify`, `groups`, `scenes`, `onoff`, `io`, `time`: what single clusters do.

Section numbers are those of the ZCL specification, document 075123, revision 6.
"""
