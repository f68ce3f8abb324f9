"""The default embedding: wordllama's packaged word vectors, averaged. Offline, small, fast."""

from functools import cached_property
from typing import TYPE_CHECKING

from trace2skill.skills.tokenizer import packaged, tokenizer

if TYPE_CHECKING:
    import numpy as np

WEIGHTS = "weights/l2_supercat_256.safetensors"


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

        tokens = tokenizer().encode(text, add_special_tokens=False).ids
        if not tokens:
            return [0.0] * int(self._vectors.shape[1])
        mean = self._vectors[tokens].mean(axis=0, dtype=np.float32)
        vector: list[float] = (mean / (float(np.linalg.norm(mean)) or 1.0)).tolist()
        return vector

    @cached_property
    def _vectors(self) -> "np.ndarray[tuple[int, int], np.dtype[np.float16]]":
        from safetensors.numpy import load_file

        return load_file(packaged(WEIGHTS))["embedding.weight"]
