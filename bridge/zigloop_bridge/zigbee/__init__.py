"""The Zigbee network, over zigpy.

Neighbours use `network` (`Network`) and `device` (`Device` and its constants), `answers.require_success`, and
`transactions.ATTEMPTS`. Only this package imports zigpy.
"""
