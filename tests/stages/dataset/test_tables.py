"""What the tables of `validate` say of a clip beside the others."""

from dataclasses import replace

from tests.stages import corpora


def test_train_clip_with_the_landmarks_of_a_test_clip_is_not_trained_on(bench):
    clips = corpora.clips()
    clips[0] = replace(clips[0], landmarks=clips[4].landmarks)
    code, logged = bench.run(clips)
    assert code == 0
    assert bench.valid.set_index("video_id")["trainable"].to_dict()[clips[0].video_id] is False
    assert bench.valid.set_index("video_id")["trainable"].to_dict()[clips[4].video_id] is True
    assert "very hands" in logged
