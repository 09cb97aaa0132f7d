"""One example of every payload, each field with a value that is not its default."""

from runtime import wire

_REGION = wire.Region("ewram", 0x0200_0000, 0x4_0000)

EXAMPLES: tuple[wire.Payload, ...] = (
    wire.Frame(
        frame_index=60,
        sent_ns=123_456_789_012,
        width=240,
        height=160,
        pixel_format="gba565",
        key=True,
        pixels_hash=0xFEDC_BA98_7654_3210,
        data=b"\x28\xb5\x2f\xfd\x00",
    ),
    wire.MemoryDiff(
        frame_index=61,
        sent_ns=2,
        whole=True,
        regions=(_REGION, wire.Region("iwram", 0x0300_0000, 0x8000)),
        starts=b"\x01\x00\x00\x00",
        lengths=b"\x02\x00\x00\x00",
        data=b"\xaa\xbb",
        since=55,
    ),
    wire.State(
        frame_index=62, sent_ns=3, values={"player.x": 7, "speed": 1.5, "name": "Äpfel", "alive": True, "dx": -1}
    ),
    wire.Input(
        frame_index=63,
        sent_ns=4,
        buttons=("A", "LEFT"),
        causes=(
            wire.Cause(
                actor="reflex", buttons=("A",), observed_frame=62, plan_id="tactic-3", model="cnn 2", reason="dialogue"
            ),
        ),
    ),
    wire.Action(
        actor="reflex",
        frame_index=64,
        sent_ns=5,
        buttons=("UP",),
        hold_frames=30,
        priority=2,
        plan_id="tactic-4",
        model="cnn 2",
        reason="to the cave",
    ),
    wire.Plan(
        actor="tactic",
        frame_index=65,
        sent_ns=6,
        plan_id="tactic-5",
        goal="take the ember",
        area=3,
        waypoints=(wire.Waypoint(10, 14), wire.Waypoint(6, 2, ("LEFT", "A"))),
        parent_id="planner-2",
        confidence=0.5,
        reason="quest.stage == 1",
    ),
    wire.Event(source="bridge", frame_index=66, sent_ns=7, name="episode.success", facts={"frames": 67}),
    wire.Gap(source="tactic", sent_ns=8, kind="state", first_frame=60, last_frame=66, count=2, reason="slow"),
    wire.Savestate(
        frame_index=67,
        sent_ns=9,
        core="mGBA 0.10",
        rom_sha256="2fd838b5",
        raw_bytes=12,
        data=b"\x00\x01",
        reason="jump",
    ),
    wire.Health(
        process="bridge",
        sent_ns=10,
        pid=4321,
        metrics_port=40_000,
        frame_index=68,
        ticks=69,
        rate_hz=59.5,
        wanted_hz=59.7275,
        rate_ok=True,
        valid=False,
        deadline_misses=1,
        dropped=2,
        tick_ms_p50=0.25,
        tick_ms_p99=0.5,
        latency_ms_p50=1.25,
        latency_ms_p99=1.5,
        lateness_ms_p99=0.125,
    ),
    wire.Join(actor="planner", every=60),
    wire.Welcome(
        session="s20261120-120000",
        origin="live",
        clock="lockstep",
        paused=True,
        frame_index=70,
        game="emberwood",
        game_toml="[game]\n",
        rom_sha256="2fd838b5",
        console="gba",
        width=240,
        height=160,
        rate_hz=59.7275,
        buttons=("A", "B"),
        pixel_format="gba565",
        regions=(_REGION,),
        core="mGBA 0.10",
        recorded=True,
    ),
    wire.Control(op="step", frames=5, slot="before-boss", clock="free"),
    wire.ControlReply(frame_index=71, paused=True, clock="free", error="no slot 'x'"),
    wire.Chunk(
        kind="frame", group=4, first_frame=0, last_frame=59, count=60, key=True, packing="zstd", data=b"\x91\x01"
    ),
)
