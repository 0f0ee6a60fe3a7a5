"""Device pages: read, and held against definitions."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bridge.pages.samples import MODERN, page_of
from tests.support.paths import PAGES
from zigloop_bridge.devices import all_definitions
from zigloop_bridge.pages.check import check
from zigloop_bridge.pages.page import Promise
from zigloop_bridge.pages.reader import NotADevicePageError, read_page, repair
from zigloop_bridge.pages.skeleton import write_feature

ALL_PAGES = sorted(PAGES.glob("*.md"))
DEFINITIONS = {definition.model: definition for definition in all_definitions()}

# -- the products -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ALL_PAGES, ids=lambda path: path.stem)
def test_the_definition_holds_what_its_page_promises(path: Path) -> None:
    page = read_page(path.read_text(encoding="utf-8"))
    assert page.model == path.stem
    assert page.unread == ()
    if page.model not in DEFINITIONS:
        pytest.skip(f"no definition of {page.model}: test_every_page_has_a_definition tells")
    assert [str(finding) for finding in check(page, DEFINITIONS[page.model].json)] == []


def test_every_page_has_a_definition() -> None:
    assert {path.stem for path in ALL_PAGES} - set(DEFINITIONS) == set()


def test_every_definition_has_a_page() -> None:
    assert set(DEFINITIONS) - {path.stem for path in ALL_PAGES} == set()


# -- reading ----------------------------------------------------------------------------------------------------


def modern() -> dict[str, Promise]:
    return {promise.key: promise for promise in read_page(MODERN).exposes}


def test_the_plugs_page() -> None:
    page = read_page(page_of("ZNCZ02LM"))
    assert (page.vendor, page.description, page.ota) == ("Xiaomi", "Mi power plug ZigBee", True)
    assert page.row == (
        "switch (state)", "power", "energy", "device_temperature", "power_outage_memory", "linkquality",
    )  # fmt: skip
    state, power, *_, linkquality = page.exposes
    assert (state.key, state.type, state.on, state.off, state.toggle) == ("state", "binary", "ON", "OFF", "TOGGLE")
    assert (state.published, state.settable, state.readable) == (True, True, True)
    assert (power.published, power.settable, power.readable, power.unit) == (True, False, True, "W")
    assert power.description == "Instantaneous measured power"
    assert (linkquality.minimum, linkquality.maximum) == (0, 255)
    precision, calibration = page.options
    assert (precision.type, precision.minimum, precision.maximum) == ("numeric", 0, 3)
    assert (calibration.type, calibration.minimum, calibration.maximum) == ("numeric", None, None)


def test_a_unit_that_was_spoilt_is_read_as_it_was_meant() -> None:
    assert "`Â°C`" in page_of("ZNCZ02LM")
    units = {promise.key: promise.unit for promise in read_page(page_of("ZNCZ02LM")).exposes}
    assert units["device_temperature"] == "°C"
    assert repair("already °C") == "already °C"


def test_the_knobs_page() -> None:
    page = read_page(page_of("ZNXNKG02LM"))
    promises = {promise.key: promise for promise in page.exposes}
    assert promises["action_rotation_angle"].unit == "*"
    assert promises["operation_mode"].description is not None
    assert promises["operation_mode"].description.endswith("usefull for processing.")  # one of two full stops
    assert promises["operation_mode"].values == ("event", "command")
    assert not page.ota


def test_endpoints() -> None:
    switches = [promise for promise in read_page(page_of("LLKZMK11LM")).exposes if promise.specific == "switch"]
    assert [(each.key, each.name, each.endpoint) for each in switches] == [
        ("state_l1", "state", "l1"),
        ("state_l2", "state", "l2"),
    ]


def test_an_option_that_is_true_or_false() -> None:
    (legacy,) = read_page(page_of("ZNMS11LM")).options
    assert (legacy.type, legacy.on, legacy.off) == ("binary", "true", "false")
    assert legacy.description is not None
    assert legacy.description.endswith("(default true).")


def test_a_light() -> None:
    found = modern()
    assert (found["state_l1"].type, found["state_l1"].toggle) == ("binary", "TOGGLE")
    assert (found["brightness_l1"].minimum, found["brightness_l1"].maximum) == (0, 254)
    assert (found["color_l1"].type, found["color_l1"].settable, found["color_l1"].readable) == ("composite", True, True)
    assert found["mystery_l1"].type == ""  # named, and nothing more


def test_a_climate() -> None:
    found = modern()
    assert (found["local_temperature"].readable, found["local_temperature"].settable) == (False, None)
    assert (found["local_temperature"].type, found["local_temperature"].unit) == ("numeric", "°C")
    assert (found["system_mode"].values, found["system_mode"].settable) == (("off", "heat"), True)


def test_a_cover_a_lock_and_a_fan() -> None:
    found = modern()
    assert (found["state"].type, found["state"].values) == ("enum", ("OPEN", "CLOSE", "STOP"))
    assert (found["position"].maximum, found["position"].settable) == (100, True)
    assert (found["state_front"].type, found["state_front"].on) == ("binary", "LOCK")
    assert (found["lock_state"].values, found["lock_state"].settable) == (("locked", "unlocked"), False)
    assert found["fan_mode"].values == ("low", "high")


def test_a_composite_a_text_and_presets() -> None:
    found = modern()
    assert found["schedule"].fields == ("day", "hour")
    assert (found["reply"].type, found["reply"].published, found["reply"].settable) == ("text", False, True)
    assert found["boost_l2"].presets == ("never", "always")


def test_options_of_every_kind() -> None:
    options = {option.key: option for option in read_page(MODERN).options}
    assert {key: option.type for key, option in options.items()} == {
        "wait": "numeric", "mode": "enum", "words": "list", "text": "text", "brightness": "composite",
    }  # fmt: skip
    assert (options["wait"].minimum, options["wait"].maximum) == (-0.5, None)
    assert options["mode"].values == ("a", "b|c")


def test_unread_lines_are_kept() -> None:
    assert read_page(MODERN).unread == (
        "Light: the text under 'Transition'",
        "Gadget (siren): a kind of expose that isn't known",
        "Reply: A sentence of tomorrow.",
    )


@pytest.mark.parametrize("text", ["", "# A README\n\n| a | b |\n", "\x00"])
def test_no_device_page(text: str) -> None:
    with pytest.raises(NotADevicePageError):
        read_page(text)


def test_a_page_may_be_cut_off_anywhere() -> None:
    """Any part of a page is read, checked and written without an exception, or is not a page."""
    for text in (MODERN, page_of("LLKZMK11LM")):
        start = text.index("| Vendor")
        for end in range(start, len(text), 37):
            page = read_page(text[:end])
            check(page, DEFINITIONS["ZNCZ02LM"].json)
            write_feature(page)


# -- findings ---------------------------------------------------------------------------------------------------

Json = dict[str, Any]


def expose(definition: Json, name: str) -> Json:
    """The entry of an expose, or of an option."""
    entries = [*definition["exposes"], *definition["options"]]
    flat = [feature for entry in entries for feature in entry.get("features", [entry])]
    found: Json = next(entry for entry in flat if entry["name"] == name)
    return found


def change(name: str, /, **changes: Any) -> Callable[[Json], None]:
    return lambda definition: expose(definition, name).update(changes)


def drop(name: str, key: str) -> Callable[[Json], None]:
    return lambda definition: expose(definition, name).pop(key)


def remove(kind: str, index: int) -> Callable[[Json], None]:
    return lambda definition: definition[kind].pop(index)


def add(kind: str, entry: Json) -> Callable[[Json], None]:
    return lambda definition: definition[kind].append(entry)


MORE = {"type": "numeric", "name": "more", "property": "more", "label": "More", "access": 1}


@pytest.mark.parametrize(
    ("deviate", "expected"),
    [
        (lambda d: d.update(model="X"), "The model: the page says `ZNCZ02LM`, the definition `X`"),
        (lambda d: d.update(vendor="X"), "The vendor: the page says `Xiaomi`, the definition `X`"),
        (
            lambda d: d.update(description="X"),
            "The description: the page says `Mi power plug ZigBee`, the definition `X`",
        ),
        (lambda d: d.update(supports_ota=False), "OTA: the page promises updates, the definition has none"),
        (remove("exposes", 1), "`power`: the page promises this expose, the definition lacks it"),
        (add("exposes", MORE), "`more`: the definition has this expose, which isn't on the page"),
        (
            remove("options", 0),
            "`device_temperature_precision`: the page promises this option, the definition lacks it",
        ),
        (add("options", MORE), "`more`: the definition has this option, which isn't on the page"),
        (change("power", type="text"), "`power`: the page calls it numeric, the definition text"),
        (change("power", access=4), "`power`: the page says it is published, the definition that it isn't published"),
        (change("power", access=7), "`power`: the page says it can't be set, the definition that it can be set"),
        (
            change("power", access=1),
            "`power`: the page says it can be read with /get, the definition that it can't be read with /get",
        ),
        (change("power", unit="kW"), "`power`: the page's unit is `W`, the definition's `kW`"),
        (drop("power", "unit"), "`power`: the page's unit is `W`, the definition's not given"),
        (
            change("power", description="X"),
            '`power`: the page describes it as "Instantaneous measured power", the definition as "X"',
        ),
        (
            change("power_outage_memory", label="Memory", name="memory"),
            "`power_outage_memory`: the page's heading is `Power_outage_memory`, the definition's label `Memory`",
        ),
        (
            change("linkquality", value_max=100),
            "`linkquality`: the page's greatest value is `255`, the definition's `100`",
        ),
        (
            change("power", value_min=0, value_max=10),
            "`power`: the page's least value is not given, the definition's `0`",
        ),
        (
            change("power_outage_memory", value_on="ON"),
            "`power_outage_memory`: the page's value for on is `true`, the definition's `ON`",
        ),
        (change("state", value_toggle="X"), "`state`: the page's value for toggle is `TOGGLE`, the definition's `X`"),
        (change("state", endpoint="l1"), "`state`: the page has it on no endpoint, the definition on endpoint `l1`"),
        (
            change("device_temperature_precision", value_max=5),
            "`device_temperature_precision`: the page's greatest value is `3`, the definition's `5`",
        ),
        (
            lambda d: d["exposes"][0].update(type="light"),
            "The table's row Exposes names `switch (state)`, which the definition lacks",
        ),
    ],
)
def test_a_deviation_is_found(deviate: Callable[[Json], None], expected: str) -> None:
    definition = copy.deepcopy(DEFINITIONS["ZNCZ02LM"].json)
    deviate(definition)
    assert expected in [str(finding) for finding in check(read_page(page_of("ZNCZ02LM")), definition)]


def test_a_missing_or_further_value_is_found() -> None:
    page = read_page(page_of("ZNXNKG02LM"))
    sensitivity = {
        "type": "enum", "name": "sensitivity", "property": "sensitivity", "access": 7, "values": ["low", "high", "top"],
    }  # fmt: skip
    found = [str(finding) for finding in check(page, {"exposes": [sensitivity]})]
    assert "`sensitivity`: the page has the value `medium`, the definition lacks it" in found
    assert "`sensitivity`: the definition has the value `top`, which isn't on the page" in found


def test_updates_that_the_page_doesnt_promise_are_found() -> None:
    found = check(read_page(page_of("ZNXNKG02LM")), {"supports_ota": True})
    assert "OTA: the definition has updates, which the page doesn't promise" in map(str, found)
