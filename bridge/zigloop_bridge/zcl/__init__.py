"""The Zigbee Cluster Library: `codec` (frames and values) and `names` (ids of clusters and attributes). Pure."""
