"""How does Permiscope say that its input is wrong?"""

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(Exception):
    """What somebody gave us is wrong. The message is one line: it names the thing and the next step."""


def unknown(kind: str, name: str, known: Iterable[str], listing: str) -> InputError:
    """An error for a name that is not among the known ones, with the nearest that is, or where to look."""
    near = get_close_matches(name.lower(), list(known), n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"see `{listing}`"
    return InputError(f"there is no {kind} `{name}`; {hint}")
