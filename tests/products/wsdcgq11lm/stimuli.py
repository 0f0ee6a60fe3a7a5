"""What makes a weather sensor send its golden vectors. It obeys nothing."""

from tests.products.stimuli import Read, Sends, Step, Stimuli

BROKEN = {"broken_chip": True}
WEATHER: tuple[Step, ...] = ("temperature 21.5", "humidity 47.24", "pressure 1013.2", 10.0)

STIMULI = Stimuli(
    sends=(
        *(
            Sends(frames=(f"in.{vector}",), before=(control,), do=("wake",), declared=declared, which="any")
            for vector, control, declared in (
                ("temperature.real.fc36859", "temperature 6.88", {}),
                ("temperature.2150", "temperature 21.5", {}),
                ("temperature.0", "temperature 0", {}),
                ("temperature.-1", "temperature -0.01", {}),
                ("temperature.-2005", "temperature -20.05", {}),
                ("temperature.-6500", "temperature -65", {}),
                ("temperature.6500", "temperature 65", {}),
                ("temperature.real.zdh3844", "pressure 990", BROKEN),
                ("humidity.real.fc36859", "humidity 38.51", {}),
                ("humidity.real.zn120", "humidity 73.18", {}),
                ("humidity.0", "humidity 0", {}),
                ("humidity.10000", "humidity 100", {}),
                ("humidity.65436", "pressure 990", BROKEN),
                ("pressure.real.zn120", "pressure 1013.3", {}),
                ("pressure.10010", "pressure 1001", {}),
                ("pressure.9986", "pressure 998.6", {}),
                ("pressure.10234", "pressure 1023.4", {}),
                ("pressure.3000", "pressure 300", {}),
                ("pressure.11000", "pressure 1100", {}),
            )
        ),
        Sends(
            frames=("in.hb.full",),
            before=("temperature 19.71", "humidity 59.48", "pressure 1023.5", "drain 3015", 10.0),
            do=("heartbeat",),
        ),
        *(
            Sends(frames=(f"in.{vector}.readrsp",), before=WEATHER, do=(read,), declared={"sleeps": False})
            for vector, read in (
                ("temperature", Read(0x0402, "102a000000")),
                ("humidity", Read(0x0405, "102a000000")),
                ("pressure", Read(0x0403, "102a00000014001000")),
            )
        ),
    ),
)
