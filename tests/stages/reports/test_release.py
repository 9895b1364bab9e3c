"""Which of the exported files is served."""

from stages.reports.release import ExportReport, Variant

SAME = {"max_abs_diff": 0.0, "top1_agreement": 1.0, "top5_agreement": 1.0, "latency_ms": {}}


def test_the_file_that_is_served_is_found_among_the_variants():
    variants = {name: Variant(variant=name, size_bytes=size, **SAME) for name, size in (("fp32", 9), ("int8", 3))}
    assert ExportReport(served="int8", variants=variants).file.size_bytes == 3
    assert ExportReport(served="int8").file is None
