"""ASL Citizen's list: `train.csv`, `val.csv` and `test.csv` (Desai et al., NeurIPS 2023, Datasets and Benchmarks).

Its zip holds `ASL_Citizen/splits/*.csv` and `ASL_Citizen/videos/*.mp4`. The columns are Participant ID, Video file,
Gloss and ASL-LEX Code; a file is a split, and no signer is in two of them. A clip is a whole video. The names of
videos hold a word too, but it is not always the gloss: the column is right. Glosses are written in capitals and
without spaces, those of several signs with a number (`SAIL1`); they become lower case here, as all glosses are in the
other data sets, so that a model that knows words of one begins with them in the other.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import PurePath

from stages.corpus.lists.listing import Entry, ListError, Reader, text_of

COLUMNS = ("Participant ID", "Video file", "Gloss")  # the ASL-LEX Code is not needed


def entries(name: str, data: bytes) -> Iterator[Entry | str]:
    """See `Reader.entries`."""
    rows = csv.DictReader(io.StringIO(text_of(data), newline=""), skipinitialspace=True)
    try:
        header = [column.strip() for column in rows.fieldnames or ()]
        if missing := [column for column in COLUMNS if column not in header]:
            raise ListError(f"line 1 has no column {', '.join(missing)}; its columns are {', '.join(header) or 'none'}")
        rows.fieldnames = header
        for row in rows:
            signer, file, gloss = ((row[column] or "").strip() for column in COLUMNS)
            video = file.rpartition(".")[0] or file
            yield Entry(
                place=f"line {rows.line_num}",
                video_id=video,
                video=video,
                gloss=gloss.lower(),
                split=PurePath(name.lower()).stem,
                signer=signer,
                source="asl_citizen",
            )
    except csv.Error as error:
        raise ListError(f"line {rows.reader.line_num} is not CSV ({error})") from None


READER = Reader("ASL Citizen", ("train.csv", "val.csv", "test.csv"), entries)
