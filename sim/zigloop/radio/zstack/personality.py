"""The properties by which Z-Stack radios differ: here those of a CC2652 with Z-Stack 3.x.0.

Hosts detect the variant in different ways (herdsman by SYS_VERSION's product, zigpy-znp by capabilities,
extended NV and the length of a struct), so these values must be consistent (docs/protocols.md 2).
"""

from typing import Final

#: SYS_VERSION and SYS_RESET_IND: transport revision, product (1 = Z-Stack 3.x.0), major, minor, maintenance.
TRANSPORT_REVISION: Final = 2
PRODUCT: Final = 1
RELEASE: Final = (2, 7, 1)
#: Koenkk's firmware of that build date. Hosts compare it: LEDs are the firmware's own from 20211029 on, zigpy
#: sends from endpoint 1 always from 20210708 on.
CODE_REVISION: Final = 20240710
#: "Not supported", zigpy-znp's SYS.Version: this firmware has no serial bootloader that MT could describe.
BOOTLOADER_BUILD: Final = 0
BOOTLOADER_REVISION: Final = 0xFFFFFFFF

#: Subsystems that exist, and the capabilities word that SYS_PING reports for them (0x0659).
SUBSYSTEMS: Final = {"SYS": 1, "AF": 4, "ZDO": 5, "UTIL": 7, "APP_CNF": 0x0F, "GP": 0x15}
CAPABILITIES: Final = 0x0659

#: Seconds from SYS_RESET_REQ to SYS_RESET_IND. A CC2652 needs from 0.1 s (warm) to about 1 s (with NV
#: compaction); hosts wait for 30 s, and test suites reset often.
BOOT_TIME: Final = 0.1

#: Node descriptor of the coordinator without its IEEE parts: logical type 0, 2.4 GHz, MAC capability 0x8F,
#: manufacturer 0x0000, 80-byte buffer, 160-byte transfers, server mask 0x2C01 (stack revision 22, primary
#: trust center), as zigpy logs it from a CC2652.
NODE_DESCRIPTOR: Final = bytes.fromhex("00408f000050a000012ca00000")
#: Power descriptor: always on, mains available and in use, 100 %.
POWER_DESCRIPTOR: Final = bytes.fromhex("10c1")

#: Highest transmit power in dBm that SYS_SET_TX_POWER accepts on a CC2652R/P, and the lowest.
TX_POWER_DBM: Final = range(-20, 21)
