"""MediaPipe Holistic taken apart into its four models' graphs: pose, left hand, right hand, face.

Run one after the other on every frame they give what Holistic gives, bit for bit. Apart, each can be left out of the
frames that do not need it. The pose model, besides, loses the branch that segments the person, a third of its time:
nothing here reads it.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from stages.pose.pruning import without_output

WHOLE = "mediapipe/modules/holistic_landmark/holistic_landmark_cpu.binarypb"
POSE_MODEL = "mediapipe/modules/pose_landmark/pose_landmark_full.tflite"
SEGMENTATION = 2  # among the pose model's outputs
STEP_US = 33333  # microseconds between frames, as in MediaPipe's own Python classes
POSE = "poselandmarkcpu__"
DETECTOR = f"{POSE}posedetectioncpu__TensorsToDetectionsCalculator"
TRACKER = f"{POSE}poselandmarkbyroicpu__tensorstoposelandmarksandsegmentation__ThresholdingCalculator"
LOADER = f"{POSE}poselandmarkbyroicpu__poselandmarkmodelloader__TfLiteModelCalculator"
SWITCHES = {
    "smooth_landmarks": True,
    "enable_segmentation": False,
    "refine_face_landmarks": True,
    "use_prev_landmarks": True,
}


class Holistic:
    """The four graphs; not to be shared between threads.

    `pose`, `left_hand`, `right_hand` and `face` are `Part`s; the last three take the pose.
    """

    def __init__(self, min_detection_confidence: float, min_tracking_confidence: float) -> None:
        from mediapipe.calculators.tensor.tensors_to_detections_calculator_pb2 import (
            TensorsToDetectionsCalculatorOptions,
        )
        from mediapipe.calculators.util.thresholding_calculator_pb2 import ThresholdingCalculatorOptions
        from mediapipe.python import packet_creator

        root, whole = _whole()
        nodes = {node.name: node for node in whole.node}
        nodes[DETECTOR].options.Extensions[
            TensorsToDetectionsCalculatorOptions.ext
        ].min_score_thresh = min_detection_confidence
        nodes[TRACKER].options.Extensions[ThresholdingCalculatorOptions.ext].threshold = min_tracking_confidence
        nodes[LOADER].input_side_packet[:] = ["MODEL_BLOB:pose_model"]
        model = without_output((root / POSE_MODEL).read_bytes(), SEGMENTATION)
        side = {name: packet_creator.create_bool(value) for name, value in SWITCHES.items()}
        side |= {"model_complexity": packet_creator.create_int(1), "pose_model": packet_creator.create_string(model)}
        self.pose = Part(whole, "pose_landmarks", {"image"}, side)
        self.left_hand, self.right_hand, self.face = (
            Part(whole, f"{name}_landmarks", {"image", "pose_landmarks"}, side)
            for name in ("left_hand", "right_hand", "face")
        )

    def reset(self) -> None:
        """Forget the last clip."""
        self.pose.reset()
        self.lose()

    def lose(self) -> None:
        """Forget hands and face, as Holistic does on a frame without a pose."""
        for part in (self.left_hand, self.right_hand, self.face):
            part.reset()

    def close(self) -> None:
        """Free the graphs."""
        for part in (self.pose, self.left_hand, self.right_hand, self.face):
            part.close()


class Frame:
    """One picture of a clip, which all parts share: number `index`, (height, width, 3) uint8 RGB, read-only."""

    def __init__(self, index: int, picture: np.ndarray) -> None:
        from mediapipe.python import packet_creator
        from mediapipe.python._framework_bindings.image_frame import ImageFormat

        self.index = index
        self.image = packet_creator.create_image_frame(picture, image_format=ImageFormat.SRGB)


class Part:
    """The part of Holistic that makes one stream of landmarks, run on the caller's thread."""

    def __init__(self, whole: Any, stream: str, given: set[str], side: dict[str, Any]) -> None:
        from mediapipe.python._framework_bindings.calculator_graph import CalculatorGraph

        config = _part(whole, stream, given)
        self._takes_pose = "pose_landmarks" in given
        self._side = {name: side[name] for name in config.input_side_packet}
        self._found: Any = None
        self._fresh = True
        self._graph = CalculatorGraph(graph_config=config)
        self._graph.observe_output_stream(stream, self._keep)
        self._graph.start_run(self._side)

    def __call__(self, frame: Frame, pose: np.ndarray | None = None) -> Any:
        """Look at one frame; they come in the order of time, and some may be left out.

        Args:
            frame: the picture.
            pose: (33, 4) x, y, z, visibility, unless this part is the pose itself.

        Returns:
            MediaPipe's list of landmarks, or None where the part was not seen.

        Raises:
            RuntimeError: the graph failed.
        """
        from mediapipe.python import packet_getter

        time = (frame.index + 1) * STEP_US
        self._found, self._fresh = None, False
        self._graph.add_packet_to_input_stream("image", frame.image.at(time))
        if self._takes_pose and pose is not None:
            self._graph.add_packet_to_input_stream("pose_landmarks", _pose_packet(pose).at(time))
        self._graph.wait_until_idle()
        return None if self._found is None else packet_getter.get_proto(self._found).landmark

    def _keep(self, _stream: str, packet: Any) -> None:
        self._found = packet

    def reset(self) -> None:
        """Forget all frames."""
        if not self._fresh:
            self._graph.close()
            self._graph.start_run(self._side)
            self._fresh = True

    def close(self) -> None:
        """Free the graph."""
        self._graph.close()


def _pose_packet(pose: np.ndarray) -> Any:
    from mediapipe.framework.formats.landmark_pb2 import NormalizedLandmark, NormalizedLandmarkList
    from mediapipe.python import packet_creator

    points = [NormalizedLandmark(x=x, y=y, z=z, visibility=seen) for x, y, z, seen in pose.tolist()]
    return packet_creator.create_proto(NormalizedLandmarkList(landmark=points))


def _whole() -> tuple[Path, Any]:
    """The folder that MediaPipe's paths start from, and Holistic's graph with all its sub-graphs written out."""
    from mediapipe.framework.calculator_pb2 import CalculatorGraphConfig
    from mediapipe.python import solution_base
    from mediapipe.python._framework_bindings import resource_util, validated_graph_config

    root = Path(solution_base.__file__).parents[2]
    resource_util.set_resource_dir(str(root))
    validated = validated_graph_config.ValidatedGraphConfig()
    validated.initialize(binary_graph_path=str(root / WHOLE))
    return root, CalculatorGraphConfig.FromString(validated.binary_config)


def _part(whole: Any, stream: str, given: set[str]) -> Any:
    """The nodes of a graph that a stream depends on, where some streams are given from outside."""
    maker = {name: index for index, node in enumerate(whole.node) for name in _outputs(node)}
    needed: set[int] = set()
    names = [stream]
    while names:
        name = names.pop()
        if name not in given and name in maker and maker[name] not in needed:
            needed.add(maker[name])
            names += _inputs(whole.node[maker[name]])
    config = type(whole)(node=[whole.node[index] for index in sorted(needed)])
    made = {name for node in config.node for name in _outputs(node)}
    side = {name for node in config.node for name in _names(node.input_side_packet)} - made
    config.input_stream.extend(sorted(given))
    config.input_side_packet.extend(sorted(side))
    config.output_stream.append(stream)
    config.executor.add(type="ApplicationThreadExecutor")  # no threads of its own: there is a process for each core
    return config


def _inputs(node: Any) -> list[str]:
    return [*_names(node.input_stream), *_names(node.input_side_packet)]


def _outputs(node: Any) -> list[str]:
    return [*_names(node.output_stream), *_names(node.output_side_packet)]


def _names(streams: Iterable[str]) -> list[str]:
    """Names without their tags: "IMAGE:image" is "image"."""
    return [stream.split(":")[-1] for stream in streams]
