"""A minimal service done the plain way: nested float lists in pydantic, one interpreter fed 195 padded frames.

What the real service is measured against. Run: python tests/benchmarks/naive.py MODEL_FOLDER PORT WORKERS
"""

import os
import sys

import numpy as np
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

FRAMES = 195


class Body(BaseModel):
    """The clip as nested lists."""

    landmarks: list[list[list[float]]]
    top_n: int = 5


def create_app() -> FastAPI:
    """The app; the model's folder comes by environment, since uvicorn starts workers anew."""
    import json

    import tensorflow as tf

    folder = os.environ["NAIVE_MODEL"]
    with open(f"{folder}/metadata.json", encoding="utf-8") as file:  # noqa: PTH123
        labels = json.load(file)["labels"]
    interpreter = tf.lite.Interpreter(model_path=f"{folder}/model.tflite")
    inputs = {len(i["shape"]): i["index"] for i in interpreter.get_input_details()}
    interpreter.resize_tensor_input(inputs[4], (1, FRAMES, 180, 3))
    interpreter.allocate_tensors()
    output = next(o["index"] for o in interpreter.get_output_details() if o["shape"][-1] == len(labels))
    app = FastAPI()

    @app.post("/predict")
    async def predict(body: Body):
        clip = np.asarray(body.landmarks, np.float32)[:FRAMES]
        padded = np.full((1, FRAMES, 180, 3), np.nan, np.float32)
        padded[0, : len(clip)] = clip
        interpreter.set_tensor(inputs[4], padded)
        interpreter.set_tensor(inputs[1], np.asarray([4 / 3], np.float32))
        interpreter.invoke()
        scores = interpreter.get_tensor(output)[0]
        best = np.argsort(-scores)[: body.top_n]
        return {"predictions": [{"gloss": labels[i], "score": float(scores[i])} for i in best]}

    return app


if __name__ == "__main__":
    os.environ["NAIVE_MODEL"] = sys.argv[1]
    uvicorn.run(
        "tests.benchmarks.naive:create_app",
        factory=True,
        port=int(sys.argv[2]),
        workers=int(sys.argv[3]),
        log_level="warning",
    )
