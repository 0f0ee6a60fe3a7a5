"""The text of a document: entries of devices are written one by one, with the same result as the whole."""

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from zigloop_bridge.config import document
from zigloop_bridge.config.document import Document

FILES = {
    "comments": """\
# My home
mqtt:
  server: mqtt://localhost   # the broker
devices:
  # upstairs
  '0x00158d0000000001':
    friendly_name: plug      # a comment
    retain: true
  # downstairs
  "0x00158d0000000002":
    friendly_name: lamp
    list: [1, 2]

# radio
serial:
  port: /dev/ttyUSB0
""",
    "an alias": """\
devices:
  '0x00158d0000000001':
    friendly_name: plug
    list: &both [1, 2]
  '0x00158d0000000002':
    friendly_name: lamp
    list: *both
""",
    "flow style": "devices: {'0x00158d0000000001': {friendly_name: plug}, '0x00158d0000000002': {}}\n",
    "capitals": """\
devices:
  0x00158D0000000001:
    friendly_name: plug
""",
    "no devices": "mqtt:\n  server: mqtt://localhost\n",
    "no entries": "devices:\nmqtt:\n  server: mqtt://localhost\n",
    "empty": "",
    "an empty section at the end": "mqtt: {}\ndevices: {}\n",
}
ADDRESSES = [f"0x00158d000000000{number}" for number in (1, 2, 3)]
changes = st.lists(
    st.one_of(
        st.tuples(
            st.just("set"),
            st.sampled_from(ADDRESSES),
            st.dictionaries(
                st.sampled_from(["friendly_name", "retain", "list"]),
                st.sampled_from(["a", "0x1", True, 3, "# no comment", "two\nlines", [1, 2], {"a": [{}, "b"]}]),
                max_size=3,
            ),
        ),
        st.tuples(st.just("remove"), st.sampled_from(ADDRESSES), st.none()),
        st.tuples(st.just("server"), st.sampled_from(["mqtt://a", "mqtt://b"]), st.none()),
    ),
    max_size=6,
)


def whole(root: Any) -> str:
    yaml, stream = YAML(typ="rt"), io.StringIO()
    yaml.preserve_quotes, yaml.width = True, 4096
    yaml.dump(root, stream)
    return stream.getvalue()


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=30)
@given(changes)
def test_its_text_is_that_of_the_whole(tmp_path_factory: pytest.TempPathFactory, name: str, changes: list[Any]) -> None:
    file = tmp_path_factory.getbasetemp() / "configuration.yaml"
    file.write_text(FILES[name], encoding="utf-8")
    it = Document.load(file)
    assert it.dump() == whole(it.root)
    for what, where, value in changes:
        if what == "set":
            it.set(("devices", where), value)
        elif what == "remove":
            it.remove(("devices", where))
        else:
            it.set(("mqtt", "server"), where)
        assert it.dump() == whole(it.root)


def test_only_what_has_changed_is_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    many = {f"0x00158d{number:010x}": {"friendly_name": f"plug{number}"} for number in range(100)}
    it = Document.from_dict({"mqtt": {"server": "mqtt://localhost"}, "devices": many})
    it.dump()
    written: list[Any] = []
    monkeypatch.setattr(document, "_text", lambda root: written.append(root) or whole(root))
    it.set(("devices", "0x00158d0000000007"), {"friendly_name": "lamp"})
    assert "lamp" in it.dump()
    assert [[*root["devices"]] for root in written] == [["0x00158d0000000007"]]
