"""The exceptions a user can cause, named for what the caller does next."""


class Trace2SkillError(Exception):
    """Base of every expected error; the message names what is wrong and how to mend it."""

    exit_code = 1


class InputError(Trace2SkillError):
    """A trace, mapping, outcome or skill file cannot be used as given."""

    exit_code = 3


class LibraryError(Trace2SkillError):
    """The library cannot be opened, is locked for too long, or does not hold what was asked for."""

    exit_code = 4


class IndexMismatchError(LibraryError):
    """The search index was made with another embedding; the message holds the command that mends it."""


class ModelError(Trace2SkillError):
    """The configured model cannot be reached, refused, or failed."""

    exit_code = 5


class SettingError(Trace2SkillError):
    """An option or environment variable has a value that cannot be used."""

    exit_code = 2


class AnswerError(Trace2SkillError):
    """The model answered one question with nothing that can be used; other questions are not affected."""

    exit_code = 5


class LimitError(Trace2SkillError):
    """The next call to a model would exceed what the user allowed to be spent; what was answered is kept."""

    exit_code = 6
