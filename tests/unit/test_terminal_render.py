"""Payloads as YAML blocks, CSV rows and JSON lines."""

import csv
import json

import pytest

from dashboards.terminal.echo import Printer
from dashboards.terminal.render import csv_row, fields_text, scalar
from runtime import wire
from runtime.bus import Message
from runtime.errors import UsageError, WireError

STATE = wire.State(frame_index=120, sent_ns=5, values={"player.x": 7, "note": "it's, well", "ok": True})
FRAME = wire.Frame(
    frame_index=3, sent_ns=5, width=2, height=1, pixel_format="gba565", key=True, pixels_hash=9, data=b"\0" * 1033
)
CAUSE = wire.Cause(actor="reflex", buttons=("A",), observed_frame=8, reason="near: slime")
INPUT = wire.Input(frame_index=9, sent_ns=5, buttons=("A", "UP"), causes=(CAUSE,))


def printed(payload: wire.Payload, style: str = "text", names: tuple[str, ...] = ()) -> str:
    printer = Printer(type(payload), style, names, lambda _: True)
    text = printer.text(Message("fw.s1.any", wire.encode(payload)))
    assert text is not None
    return text


def test_a_block_shows_bytes_by_their_number() -> None:
    lines = printed(FRAME).splitlines()
    assert lines[0].startswith("--- # fw.s1.any, 1,")
    assert lines[1:] == [
        "frame_index: 3", "sent_ns: 5", "width: 2", "height: 1", "pixel_format: gba565", "key: true", "pixels_hash: 9",
        "data: <1033 bytes>",
    ]  # fmt: skip


def test_a_block_nests_lists_of_structs() -> None:
    assert printed(INPUT).splitlines()[3:] == [
        "buttons: [A, UP]",
        "causes:",
        "  - actor: reflex",
        "    buttons: [A]",
        "    observed_frame: 8",
        '    plan_id: ""',
        '    model: ""',
        '    reason: "near: slime"',
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"), (True, "true"), (3, "3"), (0.5, "0.5"), (1e20, "1e+20"),
        ("true", '"true"'), ("12", '"12"'), ("", '""'), ("a: b", '"a: b"'), (" x", '" x"'),
        ("plain text", "plain text"), ("a\nb", '"a\\nb"'), ([], "[]"), ({}, "{}"), (b"abc", "<3 bytes>"),
    ],
)  # fmt: skip
def test_scalar(value: object, text: str) -> None:
    assert scalar(value) == text


def test_single_fields_share_a_line() -> None:
    assert printed(STATE, names=("player.x", "values.note")) == "player.x: 7  values.note: it's, well"
    assert fields_text(["buttons"], [["A", "UP"]]) == "---\nbuttons: [A, UP]"


def test_csv_prints_its_header_once() -> None:
    printer = Printer(wire.State, "csv", ("frame_index", "values.note", "ok"), lambda _: True)
    message = Message("fw.s1.state", wire.encode(STATE))
    assert printer.text(message) == 'frame_index,values.note,ok\n120,"it\'s, well",true'
    assert printer.text(message) == '120,"it\'s, well",true'


def test_csv_without_fields_has_all_of_the_first_message() -> None:
    header, row = csv.reader(printed(STATE, "csv").splitlines())
    assert dict(zip(header, row, strict=True))["values.player.x"] == "7"


def test_csv_cells() -> None:
    assert csv_row([None, ["A", "UP"], [], b"abc", [{"x": 1}], 1.5]) == ',A UP,,<3 bytes>,"[{""x"":1}]",1.5'


def test_json_has_bytes_as_base64_and_names_the_subject() -> None:
    line = json.loads(printed(FRAME, "json"))
    assert (line["subject"], line["frame_index"], line["data"][:4]) == ("fw.s1.any", 3, "AAAA")
    assert json.loads(printed(STATE, "json", ("player.x",))) == {"subject": "fw.s1.any", "player.x": 7}


def test_a_field_that_a_message_lacks_is_empty() -> None:
    bare = wire.Input(frame_index=1, sent_ns=2, buttons=())
    assert printed(bare, names=("causes.0.actor",)) == "causes.0.actor: null"
    assert printed(bare, "csv", ("frame_index", "causes.0.actor")).splitlines()[1] == "1,"


def test_printer_refuses_what_is_not_there() -> None:
    with pytest.raises(UsageError, match=r"player.y.*there are .*player.x"):
        printed(STATE, names=("player.y",))
    with pytest.raises(WireError, match="wanted payload 'state', got 'frame'"):
        Printer(wire.State, "text", (), lambda _: True).text(Message("fw.s1.state", wire.encode(FRAME)))
