"""The regular expressions of options such as `filtered_attributes`."""

import logging
import re
from functools import lru_cache

LOGGER = logging.getLogger(__name__)


def matches(patterns: tuple[str, ...], key: str) -> bool:
    """Whether one of the regular expressions matches the whole key. An invalid one matches nothing."""
    return any((pattern := _pattern(text)) is not None and pattern.match(key) for text in patterns)


@lru_cache(maxsize=512)
def _pattern(text: str) -> re.Pattern[str] | None:
    try:
        return re.compile(f"(?:{text})\\Z")
    except re.error:
        LOGGER.error("Ignoring invalid regular expression '%s'", text)
        return None
