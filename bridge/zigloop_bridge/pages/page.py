"""The promises of a device page."""

from dataclasses import dataclass

GENERIC = ("numeric", "binary", "enum", "text")
NESTED = ("composite", "list")
WITH_STATE = ("switch", "lock", "cover", "fan")
WITH_FEATURES = ("light", "climate")
TYPES = (*GENERIC, *NESTED, *WITH_STATE, *WITH_FEATURES)


@dataclass(slots=True)
class Promise:
    """A page's promises on one property or option; None where it has none."""

    heading: str
    #: numeric, binary, enum, text, composite or list; empty where the page has no type.
    type: str = ""
    #: The property: the key in the payload.
    key: str = ""
    endpoint: str = ""
    #: Of which it is a feature: switch, light, climate …
    specific: str = ""
    #: The section is complete: a unit, range or description that is missing does not exist.
    complete: bool = False
    description: str | None = None
    published: bool | None = None
    settable: bool | None = None
    readable: bool | None = None
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()
    presets: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    on: str = ""
    off: str = ""
    toggle: str = ""

    @property
    def name(self) -> str:
        """The key without the endpoint's suffix."""
        return self.key.removesuffix(f"_{self.endpoint}") if self.endpoint else self.key


@dataclass(frozen=True, slots=True)
class Page:
    """A page's promises on a product."""

    model: str
    vendor: str
    description: str
    #: The entries of the table's row "Exposes": `power`, `switch (state)`.
    row: tuple[str, ...]
    ota: bool
    exposes: tuple[Promise, ...]
    options: tuple[Promise, ...]
    #: The headings of the notes, which are prose.
    notes: tuple[str, ...]
    unread: tuple[str, ...]
