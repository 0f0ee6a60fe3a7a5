"""Where hardware would be: clock, air, radio and virtual devices. Never imports `bridge`."""
