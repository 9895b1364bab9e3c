"""Figures of a pull request's comment."""


def test_figures_are_drawn_and_linked(said, tmp_path):
    assert '<img src="https://example.org/training.png?raw=true"' in said
    assert (tmp_path / "figures" / "training.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "comment.md").read_text() == said
