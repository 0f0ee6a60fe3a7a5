"""What a user of the command line can put right."""


class CommandLineError(Exception):
    """Ends the command with exit code 2; the message says what is wrong, where, and what to do."""
