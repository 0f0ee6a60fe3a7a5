"""Ids of clusters and attributes, and the clusters' names in `bridge/devices` and `database.db`.

Zigbee2MQTT's users read and match these names; they are zigbee-herdsman's (10.9).
"""

CLUSTER_NAMES = {
    0x0000: "genBasic",
    0x0001: "genPowerCfg",
    0x0002: "genDeviceTempCfg",
    0x0003: "genIdentify",
    0x0004: "genGroups",
    0x0005: "genScenes",
    0x0006: "genOnOff",
    0x0007: "genOnOffSwitchCfg",
    0x0008: "genLevelCtrl",
    0x0009: "genAlarms",
    0x000A: "genTime",
    0x000B: "genRssiLocation",
    0x000C: "genAnalogInput",
    0x000D: "genAnalogOutput",
    0x000E: "genAnalogValue",
    0x000F: "genBinaryInput",
    0x0010: "genBinaryOutput",
    0x0011: "genBinaryValue",
    0x0012: "genMultistateInput",
    0x0013: "genMultistateOutput",
    0x0014: "genMultistateValue",
    0x0015: "genCommissioning",
    0x0016: "piPartition",
    0x0019: "genOta",
    0x001A: "powerProfile",
    0x001B: "haApplianceControl",
    0x001C: "pulseWidthModulation",
    0x0020: "genPollCtrl",
    0x0021: "greenPower",
    0x0022: "mobileDeviceCfg",
    0x0023: "neighborCleaning",
    0x0024: "nearestGateway",
    0x0025: "keepAlive",
    0x003D: "zigbeeDirectConfiguration",
    0x0100: "closuresShadeCfg",
    0x0101: "closuresDoorLock",
    0x0102: "closuresWindowCovering",
    0x0103: "barrierControl",
    0x0200: "hvacPumpCfgCtrl",
    0x0201: "hvacThermostat",
    0x0202: "hvacFanCtrl",
    0x0203: "hvacDehumidificationCtrl",
    0x0204: "hvacUserInterfaceCfg",
    0x0300: "lightingColorCtrl",
    0x0301: "lightingBallastCfg",
    0x0400: "msIlluminanceMeasurement",
    0x0401: "msIlluminanceLevelSensing",
    0x0402: "msTemperatureMeasurement",
    0x0403: "msPressureMeasurement",
    0x0404: "msFlowMeasurement",
    0x0405: "msRelativeHumidity",
    0x0406: "msOccupancySensing",
    0x0407: "msLeafWetness",
    0x0408: "msSoilMoisture",
    0x0409: "pHMeasurement",
    0x040A: "msElectricalConductivity",
    0x040B: "msWindSpeed",
    0x040C: "msCarbonMonoxide",
    0x040D: "msCO2",
    0x040E: "msEthylene",
    0x040F: "msEthyleneOxide",
    0x0410: "msHydrogen",
    0x0411: "msHydrogenSulfide",
    0x0412: "msNitricOxide",
    0x0413: "msNitrogenDioxide",
    0x0414: "msOxygen",
    0x0415: "msOzone",
    0x0416: "msSulfurDioxide",
    0x0417: "msDissolvedOxygen",
    0x0418: "msBromate",
    0x0419: "msChloramines",
    0x041A: "msChlorine",
    0x041B: "msFecalColiformAndEColi",
    0x041C: "msFluoride",
    0x041D: "msHaloaceticAcids",
    0x041E: "msTotalTrihalomethanes",
    0x041F: "msTotalColiformBacteria",
    0x0420: "msTurbidity",
    0x0421: "msCopper",
    0x0422: "msLead",
    0x0423: "msManganese",
    0x0424: "msSulfate",
    0x0425: "msBromodichloromethane",
    0x0426: "msBromoform",
    0x0427: "msChlorodibromomethane",
    0x0428: "msChloroform",
    0x0429: "msSodium",
    0x042A: "pm25Measurement",
    0x042B: "msFormaldehyde",
    0x0500: "ssIasZone",
    0x0501: "ssIasAce",
    0x0502: "ssIasWd",
    0x0702: "seMetering",
    0x0704: "seTunneling",
    0x0B00: "haApplianceIdentification",
    0x0B01: "seMeterIdentification",
    0x0B02: "haApplianceEventsAlerts",
    0x0B03: "haApplianceStatistics",
    0x0B04: "haElectricalMeasurement",
    0x0B05: "haDiagnostic",
    0x1000: "touchlink",
    0xFCC0: "manuSpecificLumi",
}

BASIC, ON_OFF, TIME, ANALOG_INPUT = 0x0000, 0x0006, 0x000A, 0x000C
POWER_CONFIGURATION, DOOR_LOCK = 0x0001, 0x0101
BINARY_OUTPUT, MULTISTATE_INPUT, LUMI = 0x0010, 0x0012, 0xFCC0
TEMPERATURE_MEASUREMENT, PRESSURE_MEASUREMENT, HUMIDITY_MEASUREMENT = 0x0402, 0x0403, 0x0405

#: genBasic: every device has it.
ZCL_VERSION = 0x0000
#: genOnOff.
ON_OFF_STATE = 0x0000
#: genAnalogInput, genBinaryOutput, genMultistateInput …
PRESENT_VALUE = 0x0055
#: The measurement clusters; the last two are those of pressure.
MEASURED_VALUE, SCALED_VALUE, SCALE = 0x0000, 0x0010, 0x0014


def cluster_name(cluster: int) -> str:
    """The cluster's name, or its number when it has none."""
    return CLUSTER_NAMES.get(cluster, str(cluster))
