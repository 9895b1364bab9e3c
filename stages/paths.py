"""Where things lie between the stages: each path that one of them writes and another one reads, from the root.

A path of a stage stands in dvc.yaml as well, which DVC and tests/stages/test_paths.py hold against this file. So this
file is no dependency there: what moves in it moves in dvc.yaml, and a new stage's paths make no other stage run again.
"""

from pathlib import Path

# What the pipeline begins with.
INCOMING = Path("data/incoming")  # zips and landmark files that people put there
BASE = Path("data/base")  # the version that comes with the repository: an empty registry begins with it
BASE_TRAINING = BASE / "training"  # its model.keras, to begin a training with

# Clips and landmarks.
RAW = Path("data/raw")
ARCHIVES = RAW / "archives.json"  # which archives the raw data is in, of which source
MANIFEST = Path("data/manifest.parquet")  # a row for each clip
LANDMARKS = Path("data/landmarks")  # the store of all clips' landmarks
VALID = Path("data/valid.parquet")  # clips that may be used
SPLIT_TABLE = Path("data/splits.parquet")  # clips that are used, and their subset
LABELS = Path("data/labels.json")  # the glosses, in the order of the labels
AUGMENTED = Path("data/augmented")  # changed copies of train clips
TENSORS = Path("data/tensors")  # ragged clips by subset, at the model's frame rate
SPEC = TENSORS / "spec.json"  # what they mean

# Models.
CANDIDATES = Path("data/models/candidates")  # a folder for each network that was trained
SELECTED = Path("data/models/selected")  # the best of them
TUNED = Path("data/models/tuned")  # it, or a better one that the search found
UNFINISHED = Path("data/models/.unfinished")  # what an interrupted training or search goes on from
CALIBRATION = Path("data/models/calibration.json")
EXPORT = Path("data/export")  # what a registered version is made of
PAGE = Path("data/page")  # what the page gets from npm

# Reports on the data.
INGESTED = Path("reports/ingest.json")
INGESTED_READABLE = Path("reports/ingest.md")
EXTRACTED = Path("reports/landmarks.json")
PREVIEWS = Path("reports/preview")  # videos of single clips with their points
VALIDATION = Path("reports/validation.json")
VALIDATION_PAGE = Path("reports/validation.html")
SUSPECTS = Path("reports/suspect_labels.csv")  # clips that may show another gloss
TWINS = Path("reports/near_twins.csv")  # recordings that train and another subset share
STATISTICS = Path("reports/landmark_statistics.json")  # what later data is compared with
SPLIT = Path("reports/split")
SPLIT_STATISTICS = SPLIT / "statistics.json"

# Reports on the model.
TRAINED = Path("reports/train")  # a report and a curve for each network
SELECTION = Path("reports/select.json")
CURVES = Path("reports/select.csv")  # of all candidates, by epoch
SEARCH = Path("reports/tune.json")
TRIALS = Path("reports/tune")  # table, curves and picture of the search
TRIAL_CURVES = TRIALS / "curves.json"
METRICS = Path("reports/metrics.json")  # scores by subset
SCORES = Path("reports/scores.json")  # those that experiments are compared by; in git, so that there is a before
ACCURACY = Path("reports/accuracy.json")  # by size of vocabulary
EVALUATION = Path("reports/evaluate")  # tables and pictures
PREDICTIONS = EVALUATION / "predictions.csv"
TRANSLATION = Path("reports/translation.json")
TRANSLATIONS = Path("reports/translation")  # examples and picture
TRANSLATION_PARAMS = TRANSLATIONS / "params.json"
EXPORTED = Path("reports/export.json")
REGISTRATION = Path("reports/registration.json")  # what became of this clone's last model; no output: see VERSION
VERSION = Path("reports/version.json")  # which version and run it is; in git, so that dvc.lock is of the work alone

# What no stage of dvc.yaml writes.
REPORTS = Path("reports")  # all of the above
WATCH = Path("data/watch")  # what the watcher remembers
