"""What a gloss, and a name that a supplier of data gives, may be: they reach pages, logs, reports and prompts.

They are bounded where they come in (imported landmarks, lists of data sets) and where a version is loaded, so that
everything in between may take them as words.
"""

import unicodedata

LONGEST = 64  # characters of a gloss, and what /live takes of one
LONGEST_NAME = 255  # of a clip, a signer or a source; file systems take no longer ones
_SIGNS = frozenset(" '’-.,/&+()!?:#_^%")  # besides letters, marks and digits of any script


def gloss_fault(gloss: str) -> str:
    """Why a text can be no gloss; empty when it can.

    Args:
        gloss: as a list, a file or a version has it.
    """
    if not gloss.strip():
        return "a gloss is empty"
    if len(gloss) > LONGEST:
        return f"the gloss {gloss[:20]!r}… has {len(gloss)} characters, at most {LONGEST} are allowed"
    if gloss != gloss.strip():
        return f"the gloss {gloss!r} begins or ends with a space"
    for character in gloss:
        if character not in _SIGNS and unicodedata.category(character)[0] not in "LMN":
            allowed = "letters, digits, spaces and " + " ".join(sorted(_SIGNS - {" "}))
            return f"the gloss {gloss!r} holds {character!r}; allowed are {allowed}"
    return ""


def name_fault(name: str, what: str) -> str:
    """Why a text can be no name of something; empty when it can, or is empty.

    Args:
        name: as a supplier gives it.
        what: it names, for the sentence.
    """
    if len(name) > LONGEST_NAME:
        return f"the {what} {name[:20]!r}… has {len(name)} characters, at most {LONGEST_NAME} are allowed"
    if not name.isprintable():
        return f"the {what} {name!r} holds characters that cannot be printed"
    return ""
