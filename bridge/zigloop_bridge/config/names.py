"""Friendly names: which ones are allowed. The texts are Zigbee2MQTT's, since frontends show them."""

import re
import unicodedata

_LONGEST = 1024  # bytes; MQTT's topics end at 65,535
_DIGIT_ENDING = re.compile(r".*/\d*$", re.DOTALL)


def check_friendly_name(name: str) -> str | None:
    """What is wrong with `name`, None when it is fine."""
    if not name:
        return "friendly_name must be at least 1 char long"
    if name.startswith("/") or name.endswith("/"):
        return "friendly_name is not allowed to end or start with /"
    if len(name.encode("utf-8", "replace")) > _LONGEST:
        return f"friendly_name is too long for a topic ('{name[:30]}…')"
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
        return "friendly_name is not allowed to contain control char"
    if _DIGIT_ENDING.match(name):
        return f"Friendly name cannot end with a \"/DIGIT\" ('{name}')"
    if "#" in name or "+" in name:
        return f"MQTT wildcard (+ and #) not allowed in friendly_name ('{name}')"
    return None
