"""Which subset speaks for a model."""

from stages.reports.evaluation import Metrics, Scores


def test_test_speaks_for_the_model_and_val_where_there_is_no_test_clip():
    val, test = Scores(n=40, accuracy=0.5), Scores(n=30, accuracy=0.6)
    assert (Metrics(val=val, test=test).part, Metrics(val=val, test=test).shown) == ("test", test)
    assert (Metrics(val=val).part, Metrics(val=val).shown) == ("val", val)
    assert Metrics(val=val).scored() == {"val": val}
