"""The registered model as MLflow loads it."""

from bentos.contract.registry import MODEL_NAME
from tests.stages.registry import registered


def test_logged_model_answers_as_pyfunc(tracked):
    import mlflow
    import numpy as np

    from stages.dataset.ragged import RaggedClips
    from stages.serving_model.pose2gloss import Pose2Gloss

    registered()
    clip = np.asarray(RaggedClips.open("data/tensors/test")[0], np.float32)
    model = mlflow.pyfunc.load_model(f"models:/{MODEL_NAME}/1")
    expected = Pose2Gloss("data/export").predict(clip, 30, 1.5)
    np.testing.assert_allclose(model.predict(clip, params={"fps": 30.0, "aspect": 1.5}), expected, atol=1e-6)
