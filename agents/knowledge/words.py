"""The words of a text that carry meaning, for comparing texts without a model."""

import re
from functools import lru_cache

#: Articles, prepositions and the like; every text has them.
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        """a an and are as at be but by can do for from get go has have he her him his i if in into is it its let may me
        my no not of on one or our out she so that the their them then there they this to us was we what when where
        which who will with you your""",
    )
)

_WORD = re.compile(r"[a-z0-9]+")


@lru_cache(maxsize=8192)
def words(text: str) -> frozenset[str]:
    """Return a text's words, lower case, without empty ones and a plural's `s`."""
    found = (word for word in _WORD.findall(text.lower()) if word not in _EMPTY and len(word) > 1)
    return frozenset(word.removesuffix("s") if len(word) > 3 else word for word in found)
