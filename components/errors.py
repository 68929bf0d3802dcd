"""The errors that are told in one line."""

import builtins
import re

# The last line of a traceback, without what Beam adds to it.
_LINE = re.compile(r"^(?:\w+\.)*(\w+): (.*?)(?: \[while running [^\]]*\])?$", re.MULTILINE)
_SYSTEM = re.compile(r"\[Errno (\d+)\] (.*?)(?:: '(.*)')?$")


class InputError(ValueError):
    """Input that a user can correct: one line that names the file, column or argument, what was found, what to do.

    The command line prints it as it is and exits with status 2.
    """


class JobError(RuntimeError):
    """Work on other machines that failed: one line; what was finished is kept, and the same command continues.

    The command line prints it as it is and exits with status 1.
    """


def raised_by(error: BaseException) -> InputError | OSError | None:
    """A worker's InputError or OSError, out of the traceback that Beam makes of it; None if there is none.

    Example:
        >>> raised_by(RuntimeError("Traceback …\\nOSError: [Errno 28] No space left on device: '/a'"))
        OSError(28, 'No space left on device')
    """
    # Beam wraps what a worker raises, more than once.
    found = _LINE.findall(re.sub(r"^(?:RuntimeError: )+", "", f"{type(error).__name__}: {error}", flags=re.MULTILINE))
    for name, line in reversed(found):
        kind = InputError if name == InputError.__name__ else getattr(builtins, name, None)
        if isinstance(kind, type) and issubclass(kind, InputError | OSError):
            system = _SYSTEM.match(line) if issubclass(kind, OSError) else None
            return OSError(int(system[1]), system[2], system[3]) if system else kind(line)
    return None


def one_line(error: Exception, number: int) -> str:
    """One line of what an error says: 0 for the first, -1 for the last."""
    # A broken connection to a job server is printed as a page, but has its reason in `details`.
    said = error.details() if hasattr(error, "details") else str(error)
    return (str(said).strip() or type(error).__name__).splitlines()[number][:200]
