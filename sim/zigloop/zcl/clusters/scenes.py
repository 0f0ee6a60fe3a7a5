"""The Scenes cluster, server side (ZCL 3.7)."""

from dataclasses import dataclass
from typing import Any, Final

from zigloop.zcl.attributes import Attribute, ZclError
from zigloop.zcl.cluster import Answer, Cluster, ClusterDeclaration, Neighbourhood, Request
from zigloop.zcl.codes import Status
from zigloop.zcl.types import BOOL, MAP8, UINT8, UINT16

SCENES: Final = 0x0005

#: Entries of the scene table: the minimum of the standard (3.7.2.2).
CAPACITY: Final = 16


@dataclass
class Scene:
    """An entry of the scene table; transition time in seconds."""

    transition: int
    fields: dict[int, bytes]  # by cluster


class Scenes(Cluster):
    """Stores and recalls the `scene_fields` of the endpoint's clusters.

    Not modelled: names, transitions (a recall takes effect at once), the enhanced commands and Copy Scene.
    """

    generated = (0x00, 0x01, 0x02, 0x03, 0x04, 0x06)

    def __init__(self, endpoint: Neighbourhood, declaration: ClusterDeclaration, *, server: bool = True) -> None:
        super().__init__(endpoint, declaration, server=server)
        self.table: dict[tuple[int, int], Scene] = {}  # by group and scene
        self._current: tuple[int, int] = (0, 0)
        self._recalled: dict[int, bytes] | None = None  # the values set by the current scene, while they are unchanged
        self.received = {
            0x00: self._add,
            0x01: self._view,
            0x02: self._remove,
            0x03: self._remove_all,
            0x04: self._store,
            0x05: self._recall,
            0x06: self._membership,
        }
        compute = self.attributes.computed
        compute(0x0000, lambda: len(self.table))
        compute(0x0001, lambda: self._current[1])
        compute(0x0002, lambda: self._current[0])
        compute(0x0003, lambda: self._recalled is not None and self._recalled == self._now())

    def group_left(self, group: int) -> None:
        """The group's scenes are removed too (3.6.2.3.5)."""
        for key in [key for key in self.table if key[0] == group]:
            del self.table[key]

    def reset(self) -> None:
        self.table.clear()
        self._recalled = None
        super().reset()

    def snapshot(self) -> dict[str, Any]:
        table = [
            [*key, scene.transition, {str(cluster): fields.hex() for cluster, fields in scene.fields.items()}]
            for key, scene in self.table.items()
        ]
        return super().snapshot() | {"scenes": table}

    def restore_snapshot(self, snapshot: dict[str, Any]) -> None:
        super().restore_snapshot(snapshot)
        for group, scene, transition, fields in snapshot["scenes"]:
            by_cluster = {int(cluster): bytes.fromhex(each) for cluster, each in fields.items()}
            self.table[group, scene] = Scene(transition, by_cluster)

    def _now(self) -> dict[int, bytes]:
        fields = {each.id: each.scene_fields() for each in self.endpoint.servers.values()}
        return {cluster: each for cluster, each in fields.items() if each is not None}

    def _member(self, group: int) -> bool:
        """Group 0 stands for no group (3.7.2.3.2)."""
        return group == 0 or self.node.groups.is_member(group, self.endpoint.id)

    def _add(self, request: Request) -> Answer:
        group, scene, transition, name = request.fields("HBHB")
        sets = request.payload[6 + (0 if name == 0xFF else name) :]
        fields: dict[int, bytes] = {}
        while sets:
            if len(sets) < 3 or len(sets) < 3 + sets[2]:
                raise ZclError(Status.MALFORMED_COMMAND)
            fields[sets[0] | sets[1] << 8] = sets[3 : 3 + sets[2]]
            sets = sets[3 + sets[2] :]
        status = self._keep(group, scene, Scene(transition, fields))
        return 0x00, bytes((status,)) + _key(group, scene)

    def _keep(self, group: int, scene: int, entry: Scene) -> Status:
        if not self._member(group):
            return Status.INVALID_FIELD
        if (group, scene) not in self.table and len(self.table) >= CAPACITY:
            return Status.INSUFFICIENT_SPACE
        self.table[group, scene] = entry
        return Status.SUCCESS

    def _view(self, request: Request) -> Answer:
        group, scene = request.fields("HB")
        entry = self.table.get((group, scene))
        if entry is None:
            return 0x01, bytes((self._missing(group),)) + _key(group, scene)
        sets = b"".join(
            cluster.to_bytes(2, "little") + bytes((len(fields),)) + fields for cluster, fields in entry.fields.items()
        )
        transition = entry.transition.to_bytes(2, "little")
        return 0x01, bytes((Status.SUCCESS,)) + _key(group, scene) + transition + b"\x00" + sets

    def _remove(self, request: Request) -> Answer:
        group, scene = request.fields("HB")
        known = self.table.pop((group, scene), None) is not None
        return 0x02, bytes((Status.SUCCESS if known else self._missing(group),)) + _key(group, scene)

    def _remove_all(self, request: Request) -> Answer:
        (group,) = request.fields("H")
        member = self._member(group)
        if member:
            self.group_left(group)
        return 0x03, bytes((Status.SUCCESS if member else Status.INVALID_FIELD,)) + group.to_bytes(2, "little")

    def _store(self, request: Request) -> Answer:
        """Keeps the transition time of a scene that exists already (3.7.2.4.6)."""
        group, scene = request.fields("HB")
        old = self.table.get((group, scene))
        status = self._keep(group, scene, Scene(old.transition if old else 0, self._now()))
        if status == Status.SUCCESS:
            self._current, self._recalled = (group, scene), self._now()
        return 0x04, bytes((status,)) + _key(group, scene)

    def _recall(self, request: Request) -> Answer:
        group, scene = request.fields("HB")
        entry = self.table.get((group, scene))
        if entry is None:
            raise ZclError(self._missing(group))
        for cluster_id, fields in entry.fields.items():
            cluster = self.endpoint.servers.get(cluster_id)
            if cluster is not None:
                cluster.apply_scene(fields)
        self._current, self._recalled = (group, scene), self._now()
        return None

    def _membership(self, request: Request) -> Answer:
        (group,) = request.fields("H")
        free = CAPACITY - len(self.table)
        if not self._member(group):
            return 0x06, bytes((Status.INVALID_FIELD, free)) + group.to_bytes(2, "little")
        scenes = [scene for of, scene in self.table if of == group]
        return 0x06, bytes((Status.SUCCESS, free)) + group.to_bytes(2, "little") + bytes((len(scenes), *scenes))

    def _missing(self, group: int) -> Status:
        return Status.NOT_FOUND if self._member(group) else Status.INVALID_FIELD


def _key(group: int, scene: int) -> bytes:
    return group.to_bytes(2, "little") + bytes((scene,))


def scenes() -> ClusterDeclaration:
    return ClusterDeclaration(
        SCENES,
        (
            Attribute(0x0000, UINT8, 0),  # scene count
            Attribute(0x0001, UINT8, 0),  # current scene
            Attribute(0x0002, UINT16, 0),  # current group
            Attribute(0x0003, BOOL, False),  # scene valid
            Attribute(0x0004, MAP8, 0),  # name support
        ),
        Scenes,
    )
