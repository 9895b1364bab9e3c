"""Who signs in the drawn sample, and where: ten people and three rooms, all made up."""

from dataclasses import dataclass

Colour = tuple[int, int, int]  # blue, green, red


@dataclass(frozen=True)
class Room:
    """Where a clip is recorded: what WLASL calls its source.

    Attributes:
        name: the source's name in the data set.
        width, height: pixels.
        fps: frames a second.
        wall: the wall's colour.
        pattern: what is behind the signer: "plain", "boards" or "shelf".
        noise: standard deviation of the camera's noise, grey levels.
    """

    name: str
    width: int
    height: int
    fps: int
    wall: Colour
    pattern: str
    noise: float


@dataclass(frozen=True)
class Signer:
    """One drawn person.

    Attributes:
        signer_id: number in the data set.
        split: the only split that this person's clips go to.
        room: where this person is recorded.
        skin, hair, shirt: colours.
        hair_style: "short", "long" or "bald".
        sleeves: True for long sleeves.
        glasses: True for glasses.
        left_handed: True when the left hand leads.
        size: centimetres to pixels, as a share of the picture's height for 100 cm.
        build: width of shoulders and torso, 1 = mean.
        offset: where the neck is, as shares of the picture's width and height.
        tempo: speed of signing, 1 = mean.
        amplitude: size of the movements, 1 = mean.
    """

    signer_id: int
    split: str
    room: Room
    skin: Colour
    hair: Colour
    shirt: Colour
    hair_style: str = "short"
    sleeves: bool = False
    glasses: bool = False
    left_handed: bool = False
    size: float = 1.16
    build: float = 1.0
    offset: tuple[float, float] = (0.5, 0.50)
    tempo: float = 1.0
    amplitude: float = 1.0


STUDIO = Room("studio", 480, 360, 25, (196, 188, 180), "plain", 3.0)
OFFICE = Room("office", 640, 360, 30, (168, 190, 196), "shelf", 4.0)
HALLWAY = Room("hallway", 480, 360, 24, (150, 168, 150), "boards", 5.0)

LIGHT, FAIR, TAN = (172, 196, 232), (150, 178, 222), (112, 148, 198)
OLIVE, BROWN, DARK = (104, 142, 186), (84, 116, 164), (66, 94, 140)
BLACK_HAIR, BROWN_HAIR, BLOND_HAIR, GREY_HAIR, RED_HAIR = (
    (28, 24, 26),
    (36, 52, 82),
    (104, 164, 204),
    (150, 150, 152),
    (38, 66, 140),
)

CAST = (
    Signer(1, "train", STUDIO, FAIR, BROWN_HAIR, (92, 60, 44), sleeves=True),
    Signer(2, "train", OFFICE, DARK, BLACK_HAIR, (70, 120, 70), tempo=1.12, build=1.06, size=1.20),
    Signer(3, "train", HALLWAY, TAN, BLACK_HAIR, (60, 60, 60), hair_style="long", left_handed=True, build=0.94),
    Signer(4, "train", STUDIO, LIGHT, RED_HAIR, (120, 70, 90), "long", size=1.10, offset=(0.46, 0.49), tempo=0.9),
    Signer(5, "train", OFFICE, OLIVE, GREY_HAIR, (110, 84, 60), glasses=True, offset=(0.54, 0.5), amplitude=0.93),
    Signer(6, "train", HALLWAY, BROWN, BLACK_HAIR, (118, 88, 56), "bald", True, left_handed=True, amplitude=1.06),
    Signer(7, "val", STUDIO, TAN, BROWN_HAIR, (96, 110, 50), sleeves=True, tempo=1.06, offset=(0.53, 0.51)),
    Signer(8, "val", HALLWAY, LIGHT, BLOND_HAIR, (80, 60, 100), "long", glasses=True, left_handed=True, build=0.96),
    Signer(9, "test", OFFICE, BROWN, BLACK_HAIR, (120, 90, 40), "long", size=1.13, tempo=0.95, offset=(0.48, 0.5)),
    Signer(10, "test", STUDIO, FAIR, GREY_HAIR, (54, 92, 62), left_handed=True, build=1.04, amplitude=1.04),
)
