"""The error that a user can mend."""


class InputError(ValueError):
    """Input that a user can mend: one line that names the file, column or argument, what was found, what to do.

    The command line prints it as it is and exits with status 2.
    """
