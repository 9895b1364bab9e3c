"""The rows of the skeleton, and the partner of every point on the other side of the body."""

import zipfile

import numpy as np
import pytest
from mediapipe.python.solutions.face_mesh_connections import FACEMESH_TESSELATION

from bentos.contract.skeleton import FACE, FACE_INDICES, GROUPS, MIRROR, NOSE, NUM_LANDMARKS, PARTS
from stages.pose.extractor import ExtractorSettings, HolisticExtractor
from stages.pose.video import decode


@pytest.fixture(scope="module")
def real_face(wlasl_dir) -> np.ndarray:
    """(180, 3) in units of the picture's height, of one frame of a real clip."""
    with zipfile.ZipFile(wlasl_dir / "wlasl-processed.zip") as archive:
        video = sorted(name for name in archive.namelist() if name.endswith(".mp4"))[0]
        frame = next(decode(archive.read(video)))
    extractor = HolisticExtractor(ExtractorSettings())
    try:
        points = extractor([frame])[0].astype(float)
    finally:
        extractor.close()
    return points * [frame.shape[1] / frame.shape[0], 1, 1]


def test_parts_hold_every_row_once_and_the_nose_lies_in_the_face():
    rows = [row for part in PARTS.values() for row in range(part.start, part.stop)]
    assert rows == list(range(NUM_LANDMARKS))
    assert len(FACE_INDICES) == len(set(FACE_INDICES)) == FACE.stop - FACE.start
    assert FACE_INDICES[NOSE - FACE.start] == 4  # the tip, by MediaPipe's numbers


def test_mirroring_twice_changes_nothing():
    mirror = np.array(MIRROR)
    np.testing.assert_array_equal(mirror[mirror], np.arange(NUM_LANDMARKS))


def test_parts_go_to_their_other_side():
    mirror = np.array(MIRROR)
    np.testing.assert_array_equal(mirror[PARTS["left_hand"]], np.arange(21, 42))
    np.testing.assert_array_equal(mirror[PARTS["pose"]], [43, 42, 45, 44, 47, 46])
    assert set(mirror[PARTS["face"]]) == set(range(48, 180))


def test_the_face_keeps_its_mesh():
    """Two points joined in MediaPipe's mesh are joined after mirroring too: only the mesh's true symmetry does that."""
    partner = {i: FACE_INDICES[MIRROR[FACE.start + n] - FACE.start] for n, i in enumerate(FACE_INDICES)}
    edges = {frozenset(edge) for edge in FACEMESH_TESSELATION}
    inside = [e for e in edges if e <= set(FACE_INDICES)]
    assert len(inside) > 140
    assert all(frozenset(partner[i] for i in edge) in edges for edge in inside)
    middle = [i for i, j in partner.items() if i == j]
    assert middle == [0, 4, 8, 10, 13, 14, 17, 152]  # lips, nose tip, brow, forehead and chin lie on the middle


def test_a_real_face_is_its_own_mirror_image(real_face):
    """Turned round at its middle, every point of a face seen from the front lands near its partner."""
    face = real_face[FACE, :2]
    middle = face[[FACE_INDICES.index(i) for i in (10, 152)]].mean(axis=0)
    across = face[FACE_INDICES.index(454)] - face[FACE_INDICES.index(234)]
    width = np.linalg.norm(across)
    across = across / width
    centred = face - middle
    mirrored = centred - 2 * np.outer(centred @ across, across)
    partner = np.array(MIRROR)[FACE] - FACE.start
    distance = np.linalg.norm(mirrored - centred[partner], axis=1) / width
    assert np.median(distance) < 0.06
    assert distance.max() < 0.25
    assert np.median(np.linalg.norm(mirrored - centred, axis=1) / width) > 0.2  # it is no matter of closeness alone


def test_groups_are_rows_of_the_skeleton():
    assert all(0 <= row < NUM_LANDMARKS for rows in GROUPS.values() for row in rows)
    assert set(GROUPS["lips"]) <= set(GROUPS["face"])
    mirror = np.array(MIRROR)
    assert set(mirror[list(GROUPS["lips"])]) == set(GROUPS["lips"])
    assert set(mirror[list(GROUPS["face_anchors"])]) == set(GROUPS["face_anchors"])
