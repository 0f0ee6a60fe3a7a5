"""An endpoint: which clusters it has, and who answers what arrives (ZCL 2.4, 2.5.12)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zigpy.zcl.foundation import GeneralCommand, Status

from zigloop.air.frame import ApsFrame
from zigloop.zcl.attributes import ZclError
from zigloop.zcl.cluster import Answer, Cluster, ClusterDeclaration, Request
from zigloop.zcl.clusters.scenes import SCENES, Scenes
from zigloop.zcl.frame import Header
from zigloop.zcl.general import commands as general

if TYPE_CHECKING:
    from zigloop.node.node import Node

HOME_AUTOMATION = 0x0104


@dataclass(frozen=True)
class EndpointDeclaration:
    """What a product says of one endpoint, in the order of its simple descriptor."""

    id: int
    device_id: int
    servers: tuple[ClusterDeclaration, ...] = ()  # "input clusters"
    clients: tuple[int, ...] = ()  # "output clusters"
    device_version: int = 0
    profile: int = HOME_AUTOMATION


class Endpoint:
    """An endpoint at work: hands each ZCL frame to its cluster, and answers for it."""

    def __init__(self, node: "Node", declaration: EndpointDeclaration) -> None:
        self.node = node
        self.declaration = declaration
        self.id = declaration.id
        self.servers = {each.id: (each.behaviour or Cluster)(self, each) for each in declaration.servers}
        self.clients = {each: Cluster(self, ClusterDeclaration(each), server=False) for each in declaration.clients}

    def send(
        self, nwk: int, endpoint: int, cluster: int, data: bytes, *, group: int | None = None, answer: bool = False
    ) -> None:
        self.node.send(nwk, endpoint, self.id, self.declaration.profile, cluster, data, group=group, answer=answer)

    def receive(self, aps: ApsFrame) -> None:
        """A frame for this endpoint. Too short a one can't be answered: it has no sequence number."""
        if aps.profile != self.declaration.profile:
            return
        try:
            header, payload = Header.parse(aps.data)
        except ValueError:
            return
        if not header.is_global and not header.is_cluster:
            return  # reserved frame types
        if header.is_global and header.command == GeneralCommand.Default_Response:
            return  # never answered, or two devices would talk for ever
        request = Request(header, payload, aps)
        try:
            answer = self._carry_out(request)
        except ZclError as error:
            self._answer(request, header.default_response(error.status))
        else:
            if answer is not None:
                self._answer(request, header.response(*answer))
            elif header.wants_default_response:
                self._answer(request, header.default_response(Status.SUCCESS))

    def _carry_out(self, request: Request) -> Answer:
        header = request.header
        sides = self.servers if header.to_server else self.clients
        cluster = sides.get(request.aps.cluster)
        if cluster is None:
            raise ZclError(Status.UNSUPPORTED_CLUSTER)
        if header.manufacturer is not None and header.manufacturer not in self.node.manufacturers:
            raise ZclError(
                Status.UNSUP_MANUF_GENERAL_COMMAND if header.is_global else Status.UNSUP_MANUF_CLUSTER_COMMAND
            )
        if header.is_global:
            return general.carry_out(cluster, request)
        if header.manufacturer is not None:
            raise ZclError(Status.UNSUP_MANUF_CLUSTER_COMMAND)
        act = cluster.received.get(header.command)
        if act is None:
            raise ZclError(Status.UNSUP_CLUSTER_COMMAND)
        return act(request)

    def _answer(self, request: Request, data: bytes) -> None:
        """To whoever asked, if it asked this endpoint alone: a broadcast is never answered."""
        if request.unicast:
            self.send(request.aps.src, request.aps.src_endpoint, request.aps.cluster, data, answer=True)

    def group_removed(self, group: int) -> None:
        """The endpoint has left a group: its scenes go too."""
        scenes = self.servers.get(SCENES)
        if isinstance(scenes, Scenes):
            scenes.forget_group(group)
