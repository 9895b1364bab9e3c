"""BLEU, chrF and ROUGE of English against two references each.

BLEU: Papineni et al., ACL 2002, by sacrebleu (Post, WMT 2018), with effective order, since phrases are short. chrF:
Popović, WMT 2015. ROUGE-1 and ROUGE-L: Lin, 2004, F-measure against the closer reference.
"""

import numpy as np
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU, CHRF

NAMES = ("bleu", "chrf", "rouge1", "rougeL")


def score(texts: list[str], references: list[tuple[str, str]]) -> dict[str, float]:
    """Score texts as a whole.

    Args:
        texts: what was said.
        references: two right sentences for each.

    Returns:
        {"bleu", "chrf", "rouge1", "rougeL"}, each 0–100.

    Raises:
        ValueError: not as many references as texts.
    """
    if len(texts) != len(references):
        raise ValueError(f"{len(texts)} texts but {len(references)} pairs of references")
    streams = [list(stream) for stream in zip(*references, strict=True)]
    scorer = RougeScorer(["rouge1", "rougeL"], use_stemmer=True)
    rouge = [
        [max(scorer.score(reference, text)[name].fmeasure for reference in pair) for name in ("rouge1", "rougeL")]
        for text, pair in zip(texts, references, strict=True)
    ]
    rouge1, rouge_l = (float(x) * 100 for x in np.mean(rouge, axis=0))
    return {
        "bleu": BLEU(effective_order=True).corpus_score(texts, streams).score,
        "chrf": CHRF().corpus_score(texts, streams).score,
        "rouge1": rouge1,
        "rougeL": rouge_l,
    }
