"""The model card: what a person must know before using the model (Mitchell et al., "Model Cards", FAT* 2019)."""

from jinja2 import Environment

SAMPLE_NOTE = (
    "**These are not ASL signs.** The model learnt a drawn sample: movements of a drawn figure that only try out the "
    "machine. Train on WLASL before showing it to anybody."
)
TEMPLATE = """\
# pose2gloss

Isolated signs to glosses: landmarks of one signed clip in, how likely each of {{ labels | length }} glosses is out.
{% if sample %}

{{ sample_note }}
{% endif %}

## What it is

| | |
|---|---|
| network | {{ network }}, {{ parameters }} parameters |
| input | landmarks (frames, 180, 3), image fractions, not mirrored, NaN = not seen; skeleton {{ skeleton_version }} |
| frame rate | {{ frame_rate }} a second, others are resampled; at most \
{{ max_frames }} frames, longer clips are compressed |
| file | {{ file.variant }}, {{ "%.2f" | format(file.size_bytes / 1e6) }} MB, \
{{ "%.1f" | format(file.latency_ms["65"]) }} ms for 65 frames on one core |
| against Keras | {{ file.n }} test clips: largest difference {{ "%.1e" | format(file.max_abs_diff) }}, \
same first guess for {{ "%.1f" | format(100 * file.top1_agreement) }} % |

## Data

{{ data.source }}: {{ data.train }} clips to learn from, {{ data.val }} to choose by, {{ data.test }} to test, \
by {{ data.signers }} signers{{ " (not known for %d clips)" | format(data.unknown) if data.unknown }}; \
{{ "no signer of test is in train" if data.apart else "some signers are in several parts" }}.

## How good it is

| clips | n | top-1 (95 %) | top-5 (95 %) | loss | calibration error |
|---|---|---|---|---|---|
{% for name, m in metrics.items() if m.n -%}
| {{ name }} | {{ m.n }} | {{ "%.1f" | format(100 * m.accuracy) }} % \
({{ "%.1f" | format(100 * m.accuracy_ci[0]) }}–{{ "%.1f" | format(100 * m.accuracy_ci[1]) }}) \
| {{ "%.1f" | format(100 * m.top5_accuracy) }} % \
({{ "%.1f" | format(100 * m.top5_accuracy_ci[0]) }}–{{ "%.1f" | format(100 * m.top5_accuracy_ci[1]) }}) \
| {{ "%.3f" | format(m.loss) }} | {{ "%.3f" | format(m.calibration_error) }} |
{% endfor %}

Intervals are Wilson's. The test clips were scored once, after everything was chosen on val.

## Limits

- It knows {{ labels | length }} glosses and always names one of them, also for a sign that it never saw.
- It expects one sign a clip. A gloss is not a translation: ASL has its own grammar, and face and body carry part of it.
- It was tested on few signers. Skin, clothes, light, age, left-handedness, dialect and camera were not balanced.
- It is no substitute for an interpreter, least of all in medicine, law or an emergency.

## Glosses

{{ labels | join(", ") }}
"""


def render(facts: dict) -> str:
    """The card as Markdown; `facts` as `stages.export` puts them together."""
    environment = Environment(autoescape=False, trim_blocks=True, keep_trailing_newline=True)  # noqa: S701 - Markdown
    return environment.from_string(TEMPLATE).render(sample_note=SAMPLE_NOTE, **facts)


def describe_data(clips, source: str) -> dict:
    """Clips a split, signers, and whether test signers were trained on.

    Args:
        clips: one row a clip with "split" and "signer".
        source: where the clips come from, in words.
    """
    known = clips[clips["signer"].astype(str) != ""]
    by_split = known.groupby("split")["signer"].agg(set).to_dict()
    counts = clips["split"].value_counts().to_dict()
    shared = by_split.get("train", set()) & by_split.get("test", set())
    return {
        "source": source,
        **{split: int(counts.get(split, 0)) for split in ("train", "val", "test")},
        "signers": known["signer"].nunique(),
        "unknown": len(clips) - len(known),
        "apart": not shared and len(known) == len(clips),
    }
