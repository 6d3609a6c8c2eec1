"""Chat templates: sentence-transformers renders each text as a message where a tokenizer has one.

That is for language models that chat. It is not done here, so such a model is refused by name. One
that sentence-transformers has saved is not rendered where its sentence_bert_config.json does not
say so: it was made with text alone.
"""

from pathlib import Path
from typing import Final

from harness.checkpoint.files import is_there, read_object
from harness.errors import UnsupportedModelError
from harness.system.foreign_files import is_file

_FILES: Final = ("chat_template.jinja", "chat_template.json", "additional_chat_templates")
_CONFIGS: Final = ("tokenizer_config.json", "processor_config.json")


def check_no_chat(folder: Path) -> None:
    """Look for a chat template beside a tokenizer.

    Raises:
        InputError: there is one.
    """
    found = next((folder / name for name in _FILES if is_there(folder / name)), None)
    for name in _CONFIGS:
        path = folder / name
        if found is None and is_file(path) and read_object(path).get("chat_template") is not None:
            found = path
    if found is not None:
        raise UnsupportedModelError(
            f"{found}: the tokenizer has a chat template, so that sentence-transformers renders "
            "each text as a message of a chat: such models are not evaluated here."
        )
