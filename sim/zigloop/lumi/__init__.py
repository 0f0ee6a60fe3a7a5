"""What Lumi firmware (Xiaomi, Aqara) adds to ZCL, shared by all its products.

`structure`: codes, attributes, tags and types. `device`: how such a product joins, reports and sleeps; `battery`,
`mains` and `lock` are kinds of it. `relay`, `rotary`, `outage` (the memory of a power outage), `operation_mode`,
`command_mode` and `reset` (a warning that a host's answer prevents) are parts of products; `reports` are those that
firmware sends by itself. `quirks`: deviations that several products have; each can be switched on or off.

Not modelled: the exchange with Lumi's own hub (such as its key agreement with a lock).
"""
