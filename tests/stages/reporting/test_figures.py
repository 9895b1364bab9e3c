"""Figures: written as PNG, the same every time, with no trace left in matplotlib's global state."""

import matplotlib
import numpy as np
import pytest

from stages.reporting.figures import SPLIT_COLOURS, canvas, data_uri, draw, note_empty, stacked_bars, style

PNG = b"\x89PNG\r\n\x1a\n"


def bars(path, count=5):
    with canvas(path, 6, 3) as (_, axes):
        stacked_bars(axes, [f"g{n}" for n in range(count)], {"train": range(count), "val": [1] * count})
        axes.set(title="Clips", ylabel="clips")
        return axes


def test_canvas_writes_a_png_and_its_folder(tmp_path):
    path = tmp_path / "new" / "folder" / "bars.png"
    bars(path)
    assert path.read_bytes().startswith(PNG)


def test_same_figure_same_bytes(tmp_path):
    bars(tmp_path / "a.png")
    bars(tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_machine_settings_change_nothing(tmp_path):
    bars(tmp_path / "plain.png")
    with matplotlib.rc_context({"axes.facecolor": "red", "font.size": 40}):
        bars(tmp_path / "own.png")
        assert matplotlib.rcParams["font.size"] == 40
    assert (tmp_path / "plain.png").read_bytes() == (tmp_path / "own.png").read_bytes()


def test_nothing_is_written_when_drawing_fails(tmp_path):
    def fail():
        with canvas(tmp_path / "broken.png"):
            raise RuntimeError("drawing failed")

    with pytest.raises(RuntimeError, match="drawing failed"):
        fail()
    assert not list(tmp_path.iterdir())


def test_stacked_bars_add_up_and_keep_the_colour_of_a_subset():
    with style():
        _, axes = draw()
        stacked_bars(axes, ["book", "drink"], {"train": [3, 1], "test": [2, 4]})
    heights = [bar.get_y() + bar.get_height() for bar in axes.containers[1]]
    assert heights == [5, 5]
    assert matplotlib.colors.to_hex(axes.containers[0][0].get_facecolor()).upper() == SPLIT_COLOURS["train"]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["book", "drink"]


def test_names_are_left_out_when_there_are_too_many():
    with style():
        figure, axes = draw()
        stacked_bars(axes, [f"gloss{n}" for n in range(2000)], {"train": np.ones(2000)})
        figure.canvas.draw()
    assert not any("gloss" in tick.get_text() for tick in axes.get_xticklabels())


def test_data_uri_of_figure_file_and_bytes_agree(tmp_path):
    with style():
        figure, axes = draw(3, 2)
        note_empty(axes, "no clips")
        uri = data_uri(figure)
        (tmp_path / "x.png").write_bytes(data := __import__("base64").b64decode(uri.partition(",")[2]))
    assert data.startswith(PNG)
    assert data_uri(tmp_path / "x.png") == data_uri(data) == uri
