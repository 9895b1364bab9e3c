"""How often a running service is right: posts landmark files' clips to /predict and prints a Markdown table.

python -m tests.benchmarks.recognition http://localhost:3000 CLIPS.npz … --order wlasl1000-hands-trainval.npz
Each file is asked as it is and with the hands alone, within the first 1,000, 300 and 100 glosses in the order in which
the file after `--order` first names them. Of a file that has val clips, only those are asked. 95 % intervals: Wilson's.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
from tqdm import tqdm

from bentos.contract.skeleton import HANDS
from stages.corpus.imported import ImportedClip, ImportedLandmarks
from stages.evaluation.intervals import wilson

MEDIA_TYPE = "application/json"
SIZES = (1000, 300, 100)
TOP = 5


def clips(path: Path, prefix: str) -> Iterator[tuple[ImportedClip, np.ndarray]]:
    """The clips to ask, with landmarks (frames, 180, 3) float32."""
    file = ImportedLandmarks(path)
    found = [clip for clip in file.clips if clip.video_id.startswith(prefix)]
    held_out = [clip for clip in found if clip.split == "val"] or found
    for clip in tqdm(held_out, path.name, unit="clip", disable=None):
        yield clip, file.read(clip.video_id).astype(np.float32)
    file.close()


def rank(client: httpx.Client, clip: ImportedClip, landmarks: np.ndarray, vocabulary: list[str]) -> int:
    """Place of the right gloss among the service's first five, from 0; `TOP` when it is not among them."""
    import orjson

    body = {"landmarks": landmarks, "fps": clip.fps, "aspect": clip.aspect, "top_n": TOP, "vocabulary": vocabulary}
    content = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
    answer = client.post("/predict", content=content, headers={"content-type": MEDIA_TYPE}).raise_for_status().json()
    glosses = [candidate["gloss"] for candidate in answer["predictions"]]
    return glosses.index(clip.gloss) if clip.gloss in glosses else TOP


def percent(right: int, n: int) -> str:
    """A share and its interval."""
    low, high = wilson(right, n)
    return f"{100 * right / n:.1f} ({100 * low:.1f}–{100 * high:.1f})"


def main() -> None:
    """Ask for all files and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--order", type=Path, required=True)
    parser.add_argument("--only", default="", metavar="PREFIX", help="clips whose video_id begins so")
    told = parser.parse_args()
    named = ImportedLandmarks(told.order)
    order = list(dict.fromkeys(clip.gloss for clip in named.clips))
    named.close()
    out = sys.stdout.write
    out("| clips | shown | glosses | n | top-1 (95 %) | top-5 (95 %) |\n|---|---|---|---|---|---|\n")
    with httpx.Client(base_url=told.url, timeout=60) as client:
        known = set(client.get("/metadata").raise_for_status().json()["labels"])
        for path in told.files:
            ranks: dict[tuple[str, int], list[int]] = {}
            for clip, landmarks in clips(path, told.only):
                alone = np.full_like(landmarks, np.nan)
                alone[:, HANDS] = landmarks[:, HANDS]
                for shown, points in (("as it is", landmarks), ("hands alone", alone)):
                    for size in SIZES:
                        if clip.gloss in order[:size]:
                            asked = [gloss for gloss in order[:size] if gloss in known]
                            ranks.setdefault((shown, size), []).append(rank(client, clip, points, asked))
            for (shown, size), found in sorted(ranks.items(), key=lambda item: (item[0][0], -item[0][1])):
                first, five = sum(r == 0 for r in found), sum(r < TOP for r in found)
                of = f"{len(found):,} | {percent(first, len(found))} | {percent(five, len(found))}"
                out(f"| {path.stem} | {shown} | {size:,} | {of} |\n")


if __name__ == "__main__":
    main()
