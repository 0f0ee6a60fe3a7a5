"""What Lumi firmware (Xiaomi, Aqara) adds to ZCL, once for all its products.

`structure`: tags, types and where they are sent; `device`: how such a product joins, speaks and sleeps; `outage`: the
memory of a power outage; `battery`: a battery; `reset`: the warning of a reset, which a host's answer prevents;
`quirks`: the oddities that any of them may have, each with a switch.

Not modelled: the talk with Lumi's own hub (the key that it agrees on with a lock).
"""
