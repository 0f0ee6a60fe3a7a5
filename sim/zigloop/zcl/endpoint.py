"""An endpoint: its clusters, and responses to received frames (ZCL 2.4, 2.5.12)."""

from dataclasses import dataclass

from zigloop.air.frame import ApsFrame
from zigloop.zcl.attributes import ZclError
from zigloop.zcl.cluster import Answer, Cluster, ClusterDeclaration, Destination, Request
from zigloop.zcl.codes import GeneralCommand, Status
from zigloop.zcl.frame import CLUSTER_COMMAND, Header, frame
from zigloop.zcl.general import commands as general
from zigloop.zcl.owner import ClusterOwner

HOME_AUTOMATION = 0x0104


@dataclass(frozen=True)
class EndpointDeclaration:
    """The declaration of an endpoint, in the order of its simple descriptor."""

    id: int
    device_id: int
    servers: tuple[ClusterDeclaration, ...] = ()  # "input clusters"
    clients: tuple[int, ...] = ()  # "output clusters"
    device_version: int = 0
    profile: int = HOME_AUTOMATION


class Endpoint:
    """An endpoint of a device: hands each ZCL frame to its cluster, and sends the response."""

    def __init__(self, node: ClusterOwner, declaration: EndpointDeclaration) -> None:
        self.node = node
        self.declaration = declaration
        self.id = declaration.id
        self.servers: dict[int, Cluster] = {
            each.id: (each.behaviour or Cluster)(self, each) for each in declaration.servers
        }
        self.clients = {each: Cluster(self, ClusterDeclaration(each), server=False) for each in declaration.clients}

    def send(
        self, nwk: int, endpoint: int, cluster: int, data: bytes, *, group: int | None = None, answer: bool = False
    ) -> None:
        self.node.send(nwk, endpoint, self.id, self.declaration.profile, cluster, data, group=group, answer=answer)

    def send_command(
        self, cluster: int, command: int, payload: bytes = b"", *, also_to: Destination | None = None
    ) -> None:
        """Send a cluster command to everything that this cluster is bound to, and to `also_to` without a binding."""
        if not self.node.announced:
            return
        destinations = self.node.bindings.destinations(self.id, cluster)
        if also_to is not None and also_to not in destinations:
            destinations.append(also_to)
        data = frame(CLUSTER_COMMAND, None, self.node.next_tsn(), command, payload)
        for nwk, endpoint, group in destinations:
            self.send(nwk, endpoint, cluster, data, group=group)

    def receive(self, aps: ApsFrame) -> None:
        """Handle a frame for this endpoint. One that is too short has no sequence number, so it can't be answered."""
        if aps.profile != self.declaration.profile:
            return
        try:
            header, payload = Header.parse(aps.data)
        except ValueError:
            return
        if not header.is_global and not header.is_cluster:
            return  # reserved frame types
        if header.is_global and header.command == GeneralCommand.Default_Response:
            return  # never answered, or two devices would answer each other forever
        request = Request(header, payload, aps)
        try:
            answer = self._dispatch(request)
        except ZclError as error:
            self._answer(request, header.default_response(error.status))
        else:
            if answer is not None:
                self._answer(request, header.response(*answer))
            elif header.wants_default_response:
                self._answer(request, header.default_response(Status.SUCCESS))

    def _dispatch(self, request: Request) -> Answer:
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
            return general.execute(cluster, request)
        if header.manufacturer is not None:
            raise ZclError(Status.UNSUP_MANUF_CLUSTER_COMMAND)
        act = cluster.received.get(header.command)
        if act is None:
            raise ZclError(Status.UNSUP_CLUSTER_COMMAND)
        return act(request)

    def _answer(self, request: Request, data: bytes) -> None:
        """To the sender of the request, if it was for this endpoint alone: a broadcast is never answered."""
        if request.unicast:
            self.send(request.aps.src, request.aps.src_endpoint, request.aps.cluster, data, answer=True)
