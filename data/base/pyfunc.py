"""The registered model as MLflow loads it: a thin cover around the `pose2gloss.py` that lies beside the TFLite file.

MLflow runs this file by itself ("models from code"), so it imports nothing of this project.
"""

import importlib.util
from pathlib import Path

import mlflow
import numpy as np
from mlflow.pyfunc import PythonModel, PythonModelContext


class Pose2GlossModel(PythonModel):
    """`mlflow.pyfunc` around `Pose2Gloss`; the latter is at `.unwrap_python_model().model`."""

    def load_context(self, context: PythonModelContext) -> None:
        """Load the code and the graph that travel in the version."""
        folder = Path(context.artifacts["model"])
        spec = importlib.util.spec_from_file_location(f"pose2gloss_{id(self)}", folder / "pose2gloss.py")
        if spec is None or spec.loader is None:
            raise ImportError(f"{folder} holds no pose2gloss.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.model = module.Pose2Gloss(folder)

    def predict(self, context, model_input, params=None):  # typed, MLflow would insist on lists of inputs
        """Landmarks (frames, 180, 3) float32 to probabilities (labels,); params `fps` and `aspect`, 0 = not known."""
        given = {name: value for name, value in (params or {}).items() if value}
        return self.model.predict(np.asarray(model_input), **given)


mlflow.models.set_model(Pose2GlossModel())
