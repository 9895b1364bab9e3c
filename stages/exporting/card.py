"""The model card: what a person must know before using the model (Mitchell et al., "Model Cards", FAT* 2019)."""

import pandas as pd
from jinja2 import Environment

from stages.exporting.origin import DRAWN, WLASL

TEMPLATE = """\
{% macro share(value, interval) -%}
{{ "%.1f" | format(100 * value) }} % ({{ "%.1f" | format(100 * interval[0]) }}–{{ "%.1f" | format(100 * interval[1]) }})
{%- endmacro -%}
{% macro percent(value) -%}
{{ "%.0f" | format(100 * value) }} %
{%- endmacro -%}
# pose2gloss

{% if drawn %}
**Drawn trial movements that are no ASL.** The model learnt from a drawn figure, which only tries out the machine: it \
recognises nobody's signing. Train on WLASL before showing it to anybody.

{% endif %}
Isolated {{ "movements" if drawn else "signs of American Sign Language" }} to glosses: landmarks of one clip in, how \
likely each of {{ labels | length }} glosses is out.

## What it is

| | |
|---|---|
| network | {{ network }}, {{ parameters }} parameters |
| input | landmarks (frames, 180, 3), image fractions, not mirrored, NaN = not seen; skeleton {{ skeleton_version }} |
| frame rate | {{ frame_rate }} a second, others are resampled; at most \
{{ max_frames }} frames, longer clips are compressed |
| file | {{ file.variant }}, {{ "%.2f" | format(file.size_bytes / 1e6) }} MB, \
{{ "%.1f" | format(file.latency_ms["65"]) }} ms for 65 frames on one core |
| against Keras | {{ file.n }} {{ part }} clips: largest difference {{ "%.1e" | format(file.max_abs_diff) }}, \
same first guess for {{ "%.1f" | format(100 * file.top1_agreement) }} % |

## Data

{{ source }}: {{ data.train }} clips to learn from, {{ data.val }} to choose by, {{ data.test or "none" }} to test, \
{{ data.signers }}.

{% if wlasl %}
- WLASL is the work of Dongxu Li, Cristian Rodriguez Opazo, Xin Yu and Hongdong Li: *Word-level Deep Sign Language \
Recognition from Video: A New Large-scale Dataset and Methods Comparison*, WACV 2020.
- It comes under the Computational Use of Data Agreement, C-UDA 1.0, for academic and computational use. NOTICE in the \
repository says what that means for these weights.
- Its clips were collected from the web, without the consent of each signer.
- Nobody Deaf has reviewed the model yet.
- A gloss is a name for a sign, not its meaning: one gloss may stand for several signs, and a sign means more than one \
English word.
- To object, to correct or to ask, write to the maintainers through the repository's issue tracker.

{% endif %}
## How good it is

| clips | n | top-1 (95 %) | top-5 (95 %) | loss | calibration error |
|---|---|---|---|---|---|
{% for name, m in metrics.items() if m.n %}
| {{ name }} | {{ m.n }} | {{ share(m.accuracy, m.accuracy_ci) }} | {{ share(m.top5_accuracy, m.top5_accuracy_ci) }} \
| {{ "%.3f" | format(m.loss) }} | {{ "%.3f" | format(m.calibration_error) }} |
{% endfor %}

When it chooses within its first glosses only, on clips of those:

| glosses | clips | n | top-1 (95 %) | top-5 (95 %) |
|---|---|---|---|---|
{% for row in accuracy %}
| {{ row.vocabulary }} | {{ row.part }} | {{ row.n }} | {{ share(row.top1, row.top1_ci) }} \
| {{ share(row.top5, row.top5_ci) }} |
{% endfor %}

Intervals are Wilson's. {% if metrics.test.n -%}
The test clips were scored once, after everything was chosen on val.
{%- else -%}
There is no test part: everything was chosen on the val clips, so these numbers flatter a little.
{%- endif %}


## Limits

- It knows {{ labels | length }} glosses and always names one of them, also for a sign that it never saw.
{% if rejection %}
- How sure it must be for a word was set among its first {{ rejection.vocabulary }} glosses on val: of signs outside \
{{ percent(rejection.unknown_accepted) }} get a word all the same, of those that it recognises rightly \
{{ percent(rejection.right_kept) }} do.
{% endif %}
{% if signing %}
- Of scripted movements that are no signs, of kinds that it never learnt from, {{ percent(signing.passed) }} pass for \
signing.
{% endif %}
- It expects one sign a clip. A gloss is not a translation: ASL has its own grammar, and face and body carry part of it.
- It was tested on few signers. Skin, clothes, light, age, left-handedness, dialect and camera were not balanced.
- It is no substitute for an interpreter, least of all in medicine, law or an emergency.

## Glosses

{{ labels | join(", ") }}
"""


def render(facts: dict) -> str:
    """The card as Markdown; `facts` as `stages.export` puts them together."""
    environment = Environment(autoescape=False, trim_blocks=True, keep_trailing_newline=True)  # noqa: S701 - Markdown
    kind = {"drawn": facts["language"] == DRAWN, "wlasl": facts["source"] == WLASL}
    return environment.from_string(TEMPLATE).render(**facts, **kind)


def describe_data(clips: pd.DataFrame) -> dict:
    """Clips a split, and in words who signed them and whether somebody is in several parts.

    Args:
        clips: one row a clip with "split" and "signer" (empty where it is not known).

    Returns:
        {"train", "val", "test", "signers"}.
    """
    counts = clips["split"].value_counts()
    return {**{split: int(counts.get(split, 0)) for split in ("train", "val", "test")}, "signers": _signers(clips)}


def _signers(clips: pd.DataFrame) -> str:
    known = clips[clips["signer"].astype(str) != ""]
    unknown = len(clips) - len(known)
    if known.empty:
        return "by signers who are not known"
    said = f"by {known['signer'].nunique()} signers" + (f" (not known for {unknown} clips)" if unknown else "")
    held = "test" if (clips["split"] == "test").any() else "val"
    by_split = known.groupby("split")["signer"].agg(set)
    if by_split.get("train", set()) & by_split.get(held, set()):
        return f"{said}; some signers are in several parts"
    return said if unknown else f"{said}; no signer of {held} is in train"
