"""What Lumi firmware (Xiaomi, Aqara) adds to ZCL, once for all its products.

`structure`: codes, attributes, tags and types. `device`: how such a product joins, reports and sleeps; `battery`,
`mains` and `lock` are kinds of it. `relay`, `rotary`, `outage` (the memory of a power outage), `operation_mode`,
`command_mode` and `reset` (a warning that a host's answer prevents) are parts of products; `reports` are those that
firmware makes of its own accord. `quirks`: the oddities that any product may have, each with a switch.

Not modelled: the exchange with Lumi's own hub (the key that it agrees on with a lock).
"""
