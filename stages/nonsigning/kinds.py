"""Ten things that people do who do not sign; every seed gives other places, times and hands."""

from collections.abc import Callable

from stages.nonsigning.script import Script


def scratching(s: Script) -> None:
    """A hand goes to face, neck or arm and scratches there."""
    hand = str(s.rng.choice(["left", "right"]))
    side = 1 if hand == "left" else -1
    places = [(0.12 * side, -0.45), (0.25 * side, -0.65), (0.3 * side, -0.15), (-0.4 * side, 0.7), (0.1 * side, -0.9)]
    place = places[int(s.rng.integers(len(places)))]
    s.go(hand, s.some(0.4, 0.9), s.near(place, 0.06), s.some(-0.6, 0.6) * side, s.some(0.3, 0.7))
    s.wait(s.some(0.6, 1.0))
    seconds = s.some(0.6, 2.5)
    s.shake(hand, seconds, (s.some(0.01, 0.06), s.some(0.02, 0.08)), s.some(3, 6))
    s.wait(seconds)
    s.home(hand)


def drinking(s: Script) -> None:
    """A cup goes to the mouth and back."""
    hand = str(s.rng.choice(["left", "right"]))
    side = 1 if hand == "left" else -1
    s.go(hand, s.some(0.5, 1.0), s.near((0.5 * side, 1.4)), 0.5 * side, 0.7)
    s.wait(s.some(0.7, 1.5))
    s.go(hand, s.some(0.6, 1.1), s.near((0.2 * side, -0.3), 0.06), 0.9 * side, 0.75)
    s.wait(s.some(0.8, 1.3))
    s.go(hand, s.some(0.4, 0.9), s.near((0.2 * side, -0.4), 0.06), 1.4 * side, 0.75)
    s.wait(s.some(1.0, 2.5))
    s.go(hand, s.some(0.6, 1.0), s.near((0.5 * side, 1.4)), 0.5 * side, 0.7)
    s.wait(s.some(0.8, 1.4))
    s.home(hand)


def glasses(s: Script) -> None:
    """One hand or both push the glasses up."""
    hands = ("left", "right") if s.some(0, 1) < 0.4 else (str(s.rng.choice(["left", "right"])),)
    for hand in hands:
        side = 1 if hand == "left" else -1
        s.go(hand, s.some(0.4, 0.8), s.near((0.25 * side, -0.5), 0.06), -0.4 * side, (0.3, 0.1, 0.5, 0.7, 0.8))
    s.wait(s.some(0.6, 1.0))
    for hand in hands:
        s.shake(hand, 0.7, (0.01, s.some(0.02, 0.05)), s.some(1, 3))
    s.wait(s.some(0.5, 1.0))
    s.home(*hands)


def hair(s: Script) -> None:
    """A hand strokes the hair back."""
    hand = str(s.rng.choice(["left", "right"]))
    side = 1 if hand == "left" else -1
    s.go(hand, s.some(0.5, 0.9), s.near((0.15 * side, -1.05)), 0.3 * side, s.some(0.1, 0.4))
    s.wait(s.some(0.7, 1.0))
    for _ in range(int(s.rng.integers(1, 4))):
        s.go(hand, s.some(0.3, 0.8), s.near((0.35 * side, -0.75)), -0.3 * side, 0.3)
        s.wait(s.some(0.4, 0.9))
        s.go(hand, s.some(0.3, 0.6), s.near((0.2 * side, -1.0)), 0.2 * side, 0.3)
        s.wait(s.some(0.4, 0.7))
    s.home(hand)


def typing(s: Script) -> None:
    """Both hands at a keyboard."""
    for hand in ("left", "right"):
        s.go(hand, s.some(0.4, 0.8), s.near((0.22 if hand == "left" else -0.22, 1.15), 0.08), 0.0, 0.4)
    s.wait(1.0)
    for _ in range(int(s.rng.integers(8, 40))):
        hand = str(s.rng.choice(["left", "right"]))
        bent = tuple(float(x) for x in s.rng.uniform(0.2, 0.65, 5))
        s.go(hand, 0.1, s.near((0.22 if hand == "left" else -0.22, 1.15), 0.06), s.some(-0.1, 0.1), bent)
        s.wait(s.some(0.1, 0.25))
    s.home("left", "right")


def clapping(s: Script) -> None:
    """Applause."""
    for hand in ("left", "right"):
        s.go(hand, s.some(0.4, 0.7), s.near((0.25 if hand == "left" else -0.25, 0.7), 0.05), 0.3, 0.1)
    s.wait(0.7)
    seconds, hertz, far = s.some(1.5, 5.0), s.some(2.5, 4.5), s.some(0.08, 0.2)
    s.shake("left", seconds, (far, 0.02), hertz)
    s.shake("right", seconds, (-far, 0.02), hertz)
    s.wait(seconds)
    s.home("left", "right")


def pointing(s: Script) -> None:
    """Talk with beats, and a forefinger that points at things."""
    hand = str(s.rng.choice(["left", "right"]))
    side = 1 if hand == "left" else -1
    for _ in range(int(s.rng.integers(1, 4))):
        shape = (0.5, 0.0, 0.8, 0.9, 0.9) if s.some(0, 1) < 0.6 else (0.2, 0.2, 0.25, 0.3, 0.3)
        at = s.near((s.some(0.3, 1.1) * side, s.some(0.1, 0.8)))
        s.go(hand, s.some(0.3, 0.7), at, s.some(-0.8, 1.2) * side, shape)
        s.wait(s.some(0.5, 0.9))
        seconds = s.some(0.4, 1.6)
        s.shake(hand, seconds, (s.some(0, 0.08), s.some(0.03, 0.12)), s.some(1, 2.5))
        s.wait(seconds)
    s.home(hand)


def phone(s: Script) -> None:
    """A phone is raised before the face or to the ear; a thumb scrolls."""
    hand = str(s.rng.choice(["left", "right"]))
    side = 1 if hand == "left" else -1
    ear = s.some(0, 1) < 0.5
    place = (0.4 * side, -0.35) if ear else (0.3 * side, 0.3)
    s.go(hand, s.some(0.5, 1.0), s.near(place, 0.08), (0.2 if ear else -0.2) * side, (0.4, 0.5, 0.55, 0.6, 0.6))
    s.wait(s.some(1.0, 1.5))
    for _ in range(int(s.rng.integers(2, 8))):
        s.go(hand, 0.15, s.near(place, 0.04), 0.1 * side, (s.some(0.2, 0.7), 0.5, 0.55, 0.6, 0.6))
        s.wait(s.some(0.3, 1.0))
    s.home(hand)


def walking(s: Script) -> None:
    """Somebody walks through the picture with swinging arms."""
    begin, seconds, way = s.now, s.some(1.5, 3.5), int(s.rng.choice([-1, 1]))
    hertz = s.some(0.8, 1.2)
    for hand in ("left", "right"):
        side = 1 if hand == "left" else -1
        s.go(hand, 0.2, s.near((0.55 * side, 1.35), 0.05), 2.8 * side, 0.4)
        s.shake(hand, seconds, (0.25 * side, 0.05), hertz)
    s.drift += [(begin, 0.0), (begin + seconds, 4.0 * way), (begin + seconds + 0.01, -4.0 * way)]
    s.drift += [(begin + seconds + 1.0, -4.0 * way), (begin + 2 * seconds + 1.0, 0.0)]
    s.wait(2 * seconds + 1.0)
    s.home("left", "right")


def fidgeting(s: Script) -> None:
    """Hands sway and rub in the lap or before the belly."""
    low = s.some(0.9, 1.75)
    for hand in ("left", "right"):
        s.go(hand, s.some(0.4, 0.8), s.near((0.15 if hand == "left" else -0.15, low), 0.06), s.some(-0.3, 0.3), 0.5)
    s.wait(0.8)
    for _ in range(int(s.rng.integers(2, 9))):
        for hand in ("left", "right"):
            bent = tuple(float(x) for x in s.rng.uniform(0.3, 0.7, 5))
            s.go(hand, s.some(0.3, 0.6), s.near((0.12 if hand == "left" else -0.12, low), 0.1), s.some(-0.3, 0.3), bent)
        s.wait(s.some(0.4, 0.8))
    s.home("left", "right")


KINDS: dict[str, Callable[[Script], None]] = {
    play.__name__: play
    for play in (scratching, drinking, glasses, hair, typing, clapping, pointing, phone, walking, fidgeting)
}
HELD_OUT = ("glasses", "clapping", "phone")  # nothing is fitted on them: they show what it does on kinds it never saw
