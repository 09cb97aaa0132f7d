"""Labels in files and back: nothing that a format holds is lost, and what is wrong in a file is named."""

import json
from pathlib import Path

import pytest

from runtime.errors import UsageError
from runtime.wire import Annotation
from streams.annotations.acts import make_act, undo_of
from streams.annotations.exchange.formats import FORMATS, WRITTEN, Labelled, read_file, write_text
from streams.annotations.fold import Fold
from streams.annotations.queue import queue


def sample() -> Fold:
    """Return two people, rules and a model, with a correction, something taken back and tags."""
    suggestion = make_act(
        "eye", 20, 29, {"context": "menu"}, kind="model", suggestion=True, confidence=0.25, model="cnn 3"
    )
    slip = make_act("ada", 0, 99, {"context": "shop"})
    return Fold(
        [
            make_act("ada", 10, 19, {"context": "battle", "description": 'He said "ouch", twice'}),
            make_act("ram", 0, 39, {"scene": "town"}, kind="rules"),
            suggestion,
            make_act("bob", 20, 24, {"context": "shop"}, accepts=suggestion.act_id),
            make_act("bob", 12, 14, {"tags": ["boss", "night"]}),
            slip,
            undo_of(slip),
        ]
    )


def through(name: str, fold: Fold, folder: Path, first_frame: int = 0) -> list[Annotation]:
    """Return what a format gives back of a fold."""
    path = folder / name
    path.write_text(write_text(Labelled("quest", fold, first_frame, 39, 60.0), name), encoding="utf-8")
    return read_file(path, name, "somebody")


def test_acts_come_back_without_loss(tmp_path: Path) -> None:
    fold = sample()
    assert through("acts", fold, tmp_path) == list(fold.acts)


@pytest.mark.parametrize("name", ["csv", "label-studio"])
def test_tables_and_label_studio_keep_who_said_what(name: str, tmp_path: Path) -> None:
    fold = sample()
    back = Fold(through(name, fold, tmp_path))
    assert [back.labels(frame) for frame in range(40)] == [fold.labels(frame) for frame in range(40)]
    for key in ("context", "scene", "description", "tags"):
        for who, layer in fold.layers(key).items():
            said = [(run.first_frame, run.last_frame, run.value.value) for run in layer if run.value.value]
            assert [(run.first_frame, run.last_frame, run.value.value) for run in back.layers(key)[who]] == said
    (left,) = queue(back)
    assert (left.first_frame, left.labels, left.confidence, left.act.model) == (25, {"context": "menu"}, 0.25, "cnn 3")
    again = [act.act_id for act in through(name, fold, tmp_path)]
    assert again == [act.act_id for act in through(name, fold, tmp_path)], "a second time adds nothing"


def test_rows_have_the_outputs_of_a_training_row(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in write_text(Labelled("quest", sample(), 0, 99, 60.0), "rows").splitlines()]
    assert [line["frame_set_id"] for line in lines] == list(range(8))
    assert list(lines[2]["outputs"]) == ["context", "scene", "description", "action", "intent", "outcome"]
    assert lines[2]["outputs"]["context"] == "battle"
    assert (lines[2]["first_frame"], lines[2]["last_frame"], lines[2]["inputs"]) == (10, 14, {"frame_range": 5})
    assert lines[2]["tags"] == ["boss", "night"]
    back = Fold(through("rows", sample(), tmp_path))
    assert back.labels(21) == sample().labels(21) == {"context": "shop", "scene": "town"}
    assert back.annotators == {"somebody": "human"}


def test_label_studio_counts_frames_of_the_video_from_one(tmp_path: Path) -> None:
    fold = Fold([make_act("ada", 610, 619, {"context": "battle"})])
    (task,) = json.loads(write_text(Labelled("quest-p2", fold, 600, 700, 60.0), "label-studio"))
    (region,) = task["annotations"][0]["result"]
    assert region["value"] == {"ranges": [{"start": 11, "end": 20}], "timelinelabels": ["battle"]}
    assert (region["type"], region["from_name"], region["to_name"]) == ("timelinelabels", "context", "video")
    (act,) = through("label-studio", fold, tmp_path, first_frame=600)
    assert (act.first_frame, act.last_frame, act.annotator) == (610, 619, "ada")


def test_what_label_studio_exports_is_read(tmp_path: Path) -> None:
    """As in labelstud.io's documentation of tasks and of TimelineLabels, with a box and a cancelled annotation."""
    moving = {"value": {"ranges": [{"start": 3, "end": 5}], "timelinelabels": ["Moving"]}}
    box = {"type": "rectanglelabels", "from_name": "tag", "to_name": "img", "value": {"rectanglelabels": ["Moon"]}}
    region = {"id": "Dx_aB91ISN", "type": "timelinelabels", "from_name": "videoLabels", "to_name": "video", **moving}
    task = {
        "id": 1,
        "data": {"video": "https://example.com/quest.mp4"},
        "annotations": [
            {"id": "1001", "result": [region, box], "was_cancelled": False, "completed_by": 10},
            {"id": "1002", "result": [region], "was_cancelled": True, "completed_by": 11},
            {"id": "1003", "result": [region], "completed_by": {"id": 4, "email": "eve@example.com"}},
        ],
        "predictions": [{"model_version": "model 1", "score": 0.5, "result": [region]}],
    }
    path = tmp_path / "project.json"
    path.write_text(json.dumps([task]))
    acts = read_file(path, "label-studio", "somebody")
    assert [(act.annotator, act.first_frame, act.last_frame, act.suggestion) for act in acts] == [
        ("user-10", 2, 4, False),
        ("eve", 2, 4, False),
        ("model-1", 2, 4, True),
    ]
    assert acts[0].labels == {"videoLabels": "Moving"}


def test_lines_that_only_say_what_is_labelled_are_read(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text('{"session": "s", "first_frame": 5, "last_frame": 6, "scene": "x", "tags": ["a"], "sure": 0.5}\n\n')
    (act,) = read_file(path, "acts", "ada")
    assert (act.annotator, act.labels) == ("ada", {"scene": "x", "tags": ("a",), "sure": "0.5"})


def test_rommers_annotations_and_suggestions_are_read(tmp_path: Path) -> None:
    for number, said in ((2, {"context": "battle", "tags": "boss, night", "complete": True}), (10, {"scene": ""})):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "annotations.json").write_text(json.dumps(said))
    guess = {"frame": 2, "timestamp": None, "scene": {"prediction": "battle_main", "confidence": 0.8123}}
    (tmp_path / "2" / "cnn_annotations.json").write_text(json.dumps(guess))
    (tmp_path / "11").mkdir()
    (tmp_path / "session_metadata.json").write_text("{}")
    fold = Fold(read_file(tmp_path, "rommer", "ada"))
    assert fold.labels(10) == fold.labels(14) == {"context": "battle", "tags": ("boss", "night")}
    assert fold.labels(15) == {}
    (left,) = queue(fold)
    assert (left.first_frame, left.last_frame, left.confidence) == (10, 14, 0.8123)
    assert left.labels == {"scene": "battle_main"}
    assert "rommer" in FORMATS
    assert "rommer" not in WRITTEN


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("acts", "[1]\n", "file:1: wanted a JSON object"),
        ("acts", '{"first_frame": 1, "scene": "x"}\n', "file:1: first_frame 1, last_frame None: wanted two frames"),
        ("acts", '\n{"act_id": "x", "what": 1}\n', "file:2: unknown what; allowed are session, act_id"),
        ("acts", '{"act_id": "x", "annotator": "a"}\n', "file:1: .*Missing"),
        ("acts", '{"first_frame": 3, "last_frame": 2, "scene": "x"}\n', "file:1: frames 3 to 2"),
        ("acts", '{"first_frame": 3, "last_frame": 4, "scene": {}}\n', "file:1: label 'scene' is {}; allowed"),
        ("rows", '{"first_frame": 3, "last_frame": 4}\n', "file:1: wanted outputs"),
        ("csv", "first_frame,key\n1,scene\n", "file:1: no column last_frame, value; wanted are session"),
        ("csv", "first_frame,last_frame,key,value\n1,x,scene,town\n", "file:2: invalid literal"),
        ("label-studio", "{}", "no Label Studio JSON, which is a list of tasks"),
        (
            "label-studio",
            '[{"annotations": [{"result": [{"type": "timelinelabels", "value": {}}]}]}]',
            "file: task 0, annotation 0, region 0: no timeline labels with one range",
        ),
        ("label-studio", '[{"data": {"first_frame": "x"}}]', "file: task 0: first_frame 'x': wanted a frame"),
    ],
)
def test_what_is_wrong_is_named(name: str, text: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(UsageError, match=problem):
        read_file(path, name, "ada")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none: cannot be read"):
        read_file(tmp_path / "none", "acts", "ada")
    with pytest.raises(UsageError, match="wanted a folder of frame sets"):
        read_file(tmp_path / "none", "rommer", "ada")
