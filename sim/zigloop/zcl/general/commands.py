"""The general commands that every cluster understands (ZCL 2.5): read, write, discover, configure reporting.

Each function takes the cluster and the request and returns the answer. A manufacturer's attributes can only be accessed
by a frame with its code.

Not modelled: structured reads and writes (0x0E, 0x0F), which are refused as unsupported.
"""

from collections.abc import Callable

from zigloop.zcl.attributes import ZclError
from zigloop.zcl.cluster import Answer, Cluster, Request
from zigloop.zcl.codes import GeneralCommand, Status
from zigloop.zcl.general import discovery, read_write
from zigloop.zcl.general import reporting as reporting_commands
from zigloop.zcl.types import unpack


def execute(cluster: Cluster, request: Request) -> Answer:
    """Execute a general command; ZclError when it is unsupported or refused."""
    act = _COMMANDS.get(request.header.command)
    if act is None:
        manufacturer_specific = request.header.manufacturer is not None
        unsupported = Status.UNSUP_MANUF_GENERAL_COMMAND, Status.UNSUP_GENERAL_COMMAND
        raise ZclError(unsupported[0] if manufacturer_specific else unsupported[1])
    return act(cluster, request)


def _values(cluster: Cluster, request: Request) -> Answer:
    """Another device answers our read, or reports to us."""
    payload, offset = request.payload, 0
    is_report = request.header.command == GeneralCommand.Report_Attributes
    while offset < len(payload):
        try:
            attribute_id = payload[offset] | payload[offset + 1] << 8
            offset += 2
            if not is_report:
                offset += 1
                if payload[offset - 1] != Status.SUCCESS:
                    continue
            value, offset = unpack(payload[offset], payload, offset + 1)
        except (IndexError, ValueError):
            raise ZclError(Status.MALFORMED_COMMAND) from None
        cluster.on_value(attribute_id, value)
    return None


def _ignore(cluster: Cluster, request: Request) -> Answer:
    """A response that nothing here waits for."""
    return None


_COMMANDS: dict[int, Callable[[Cluster, Request], Answer]] = {
    GeneralCommand.Read_Attributes: read_write.read,
    GeneralCommand.Read_Attributes_rsp: _values,
    GeneralCommand.Write_Attributes: read_write.write,
    GeneralCommand.Write_Attributes_Undivided: read_write.write_undivided,
    GeneralCommand.Write_Attributes_rsp: _ignore,
    GeneralCommand.Write_Attributes_No_Response: read_write.write_no_response,
    GeneralCommand.Configure_Reporting: reporting_commands.configure,
    GeneralCommand.Configure_Reporting_rsp: _ignore,
    GeneralCommand.Read_Reporting_Configuration: reporting_commands.read_configuration,
    GeneralCommand.Read_Reporting_Configuration_rsp: _ignore,
    GeneralCommand.Report_Attributes: _values,
    GeneralCommand.Discover_Attributes: discovery.attributes,
    GeneralCommand.Discover_Attributes_rsp: _ignore,
    GeneralCommand.Discover_Commands_Received: discovery.commands_received,
    GeneralCommand.Discover_Commands_Received_rsp: _ignore,
    GeneralCommand.Discover_Commands_Generated: discovery.commands_generated,
    GeneralCommand.Discover_Commands_Generated_rsp: _ignore,
    GeneralCommand.Discover_Attribute_Extended: discovery.attributes_extended,
    GeneralCommand.Discover_Attribute_Extended_rsp: _ignore,
}
