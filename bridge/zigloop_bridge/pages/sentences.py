"""Values in docgen's sentences, in backticks."""


def quotes(text: str) -> tuple[str, ...]:
    """The texts in backticks."""
    return tuple(text.split("`")[1::2])


def after(text: str, words: str) -> str:
    """The text behind the words, empty when they aren't there."""
    return text.partition(words)[2]


def bounds(text: str, low: str, high: str) -> tuple[float | None, float | None]:
    """The numbers in backticks right behind `low` and `high`; None for one that is missing or not a number."""
    return number_in(after(text, low)), number_in(after(text, high))


def number_in(text: str) -> float | None:
    try:
        return float(quotes(text)[0])
    except (IndexError, ValueError):
        return None


def payload_key(text: str) -> str:
    """The key of the first payload in backticks: `state` of `{"state": "ON"}`."""
    return next((each.split('"')[1] for each in quotes(text) if each.startswith('{"')), "")


def payload_values(text: str) -> tuple[str, ...]:
    """The values of payloads in backticks: ON, OFF of `{"state": "ON"}`, `{"state": "OFF"}`.

    A toggle that a definition doesn't have stands there as `undefined`.
    """
    values = (each.split('"')[3] for each in quotes(text) if each.startswith('{"') and each.count('"') >= 4)
    return tuple("" if value == "undefined" else value for value in values)
