"""`database.db` in zigbee-herdsman's format, to and fro."""

import json
import logging
from pathlib import Path

import pytest

from zigloop_bridge.zigbee import database

# Lines that Zigbee2MQTT 2.14 wrote for a plug and its coordinator, shortened.
COORDINATOR = (
    '{"id":1,"type":"Coordinator","ieeeAddr":"0x00124b0000000001","nwkAddr":0,"manufId":65535,"epList":[1],'
    '"endpoints":{"1":{"profId":260,"epId":1,"devId":5,"inClusterList":[],"outClusterList":[1280],"clusters":{},'
    '"binds":[],"configuredReportings":[],"meta":{}}},"interviewCompleted":true,"interviewState":"SUCCESSFUL",'
    '"meta":{}}'
)
PLUG = (
    '{"id":2,"type":"Router","ieeeAddr":"0x00158d0001000001","nwkAddr":4097,"manufId":4447,"manufName":"LUMI",'
    '"powerSource":"Mains (single phase)","modelId":"lumi.plug","epList":[1,2],"endpoints":{"1":'
    '{"profId":260,"epId":1,"devId":81,"inClusterList":[0,4,3,6],"outClusterList":[25,10],"clusters":{"genBasic":{"attributes":'
    '{"65281":{"3":20},"modelId":"lumi.plug","manufacturerName":"LUMI","powerSource":1,"zclVersion":1,'
    '"appVersion":22,"stackVersion":2,"hwVersion":18,"dateCode":"02-28-2017","swBuildId":""}},"genOnOff":'
    '{"attributes":{"onOff":0}}},"binds":[{"cluster":6,"type":"endpoint","deviceIeeeAddress":"0x00124b0000000001",'
    '"endpointID":1}],"configuredReportings":[],"meta":{}},"2":{"profId":260,"epId":2,"devId":9,'
    '"inClusterList":[12],"outClusterList":[12,4],"clusters":{},"binds":[],"configuredReportings":[],"meta":{}}},'
    '"appVersion":22,"stackVersion":2,"hwVersion":18,"dateCode":"02-28-2017","swBuildId":"","zclVersion":1,'
    '"interviewCompleted":true,"interviewState":"SUCCESSFUL","meta":{"configured":"0.0.0"},"lastSeen":1795219596688}'
)


def test_what_is_read_is_written(tmp_path: Path) -> None:
    path = tmp_path / "database.db"
    path.write_text(f"{COORDINATOR}\n{PLUG}\n")
    devices, others = database.load(path)
    assert not others
    assert [json.loads(line) for line in database.dump(devices).splitlines()] == [
        json.loads(COORDINATOR),
        json.loads(PLUG),
    ]


def test_groups_stay_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "database.db"
    group = '{"id":3,"type":"Group","groupID":1,"members":[],"meta":{}}'
    path.write_text(f"{COORDINATOR}\n{group}\n{PLUG}\n")
    devices, others = database.load(path)
    assert [device.ieee for device in devices] == ["0x00124b0000000001", "0x00158d0001000001"]
    assert [json.loads(line) for line in database.dump(devices, others).splitlines()] == [
        json.loads(COORDINATOR),
        json.loads(PLUG),
        json.loads(group),
    ]


def test_a_device_is_known_again(tmp_path: Path) -> None:
    path = tmp_path / "database.db"
    path.write_text(PLUG)
    ((plug,), _) = database.load(path)
    assert plug.interviewed
    assert plug.supported
    assert plug.definition is not None
    assert plug.definition.model == "ZNCZ02LM"
    assert plug.power_source == "Mains (single phase)"
    assert plug.last_seen == 1795219596.688
    assert plug.endpoints[2].input_clusters == [12]


def test_an_older_database_without_interview_state(tmp_path: Path) -> None:
    path = tmp_path / "database.db"
    path.write_text(PLUG.replace('"interviewState":"SUCCESSFUL",', ""))
    assert database.load(path)[0][0].interviewed


NO_ADDRESS = PLUG.replace("0x00158d0001000001", "plug", 1)


@pytest.mark.parametrize(
    "broken",
    [NO_ADDRESS, '{"type":"Group"}', "{", "[]", '{"id":1,"type":"Router"}', '{"type":"Router","epList":[1]}', "null"],
)
def test_a_broken_line_is_left_out_and_named(tmp_path: Path, broken: str, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "database.db"
    path.write_text(f"{broken}\n{PLUG}\n")
    with caplog.at_level(logging.ERROR):
        devices, others = database.load(path)
    assert [device.ieee for device in devices] == ["0x00158d0001000001"]
    assert not others
    assert "database.db, line 1" in caplog.text


def test_no_database(tmp_path: Path) -> None:
    assert database.load(tmp_path / "database.db") == ([], [])
