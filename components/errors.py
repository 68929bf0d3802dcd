"""The errors that are told in one line."""


class InputError(ValueError):
    """Input that a user can mend: one line that names the file, column or argument, what was found, what to do.

    The command line prints it as it is and exits with status 2.
    """


class JobError(RuntimeError):
    """Work on other machines that failed: one line; what was finished is kept, and the same command goes on.

    The command line prints it as it is and exits with status 1.
    """
