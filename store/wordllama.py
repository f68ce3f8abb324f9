"""The default embedding: wordllama's packaged word vectors, averaged. Offline, small, fast."""

from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from trace2skill.errors import SettingError

if TYPE_CHECKING:
    import numpy as np
    from tokenizers import Tokenizer

WEIGHTS = "weights/l2_supercat_256.safetensors"
TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"


class WordLlamaEmbedder:
    """Mean of the token vectors, scaled to length 1; 256 numbers a text.

    The files are read from the installed package: its own loader looks elsewhere and would download.
    """

    id = "wordllama"

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One vector per text; a text without tokens gets zeros.

        Raises:
            SettingError: The package is not installed, or lacks its weights.
        """
        return [self._embed(text) for text in texts]

    def _embed(self, text: str) -> list[float]:
        import numpy as np

        tokens = self._tokenizer.encode(text, add_special_tokens=False).ids
        if not tokens:
            return [0.0] * int(self._vectors.shape[1])
        mean = self._vectors[tokens].mean(axis=0, dtype=np.float32)
        vector: list[float] = (mean / (float(np.linalg.norm(mean)) or 1.0)).tolist()
        return vector

    @cached_property
    def _vectors(self) -> "np.ndarray[tuple[int, int], np.dtype[np.float16]]":
        from safetensors.numpy import load_file

        return load_file(_packaged(WEIGHTS))["embedding.weight"]

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(_packaged(TOKENIZER)))


def _packaged(name: str) -> Path:
    spec = find_spec("wordllama")
    file = Path(spec.origin).parent / name if spec and spec.origin else None
    if file is None or not file.is_file():
        raise SettingError(
            f"the default embedding needs the file {name} of the package wordllama; "
            "install it with `pip install --force-reinstall wordllama`"
        )
    return file
