"""The one tree of errors people meet, each with the facts it was raised on.

FramewireError
├── UsageError           the caller asked for something that cannot be; exit status 2
│   ├── ConfigError      a TOML file: file, line, key, what is allowed
│   └── NameTakenError   another distribution owns one of our import names
├── RomError             the ROM is missing, empty, or not the one game.toml names
├── CoreError            no emulator core, or one that cannot be loaded
├── EmulatorError        an emulator in another program is gone, silent, or speaks nonsense
├── StateError           a savestate of another core or ROM
├── WireError            bytes that are no payload of ours
│   └── VersionError     a payload of a version this program does not read
├── BusError             no server, or it went away
├── ControlError         the bridge refused a control request
└── SessionError         a recorded session is missing, taken or damaged
"""

#: What a shell shows for a program that Ctrl-C ended: 128 + SIGINT.
INTERRUPTED = 130


class FramewireError(Exception):
    """Base of every error this project raises on purpose; the command line prints it without a traceback."""

    exit_status = 1


class UsageError(FramewireError):
    """Something was asked for that cannot be."""

    exit_status = 2


class ConfigError(UsageError):
    """A configuration file is wrong.

    Attributes:
        file: The file, as the user named it.
        line: The line, 1-based; 0 when it is not known.
        key: The offending key, dotted.
    """

    def __init__(self, file: str, line: int, key: str, problem: str) -> None:
        self.file, self.line, self.key, self.problem = file, line, key, problem
        super().__init__(f"{file}:{line}: {key}: {problem}" if line else f"{file}: {key}: {problem}")


class NameTakenError(UsageError):
    """Another distribution owns one of our import names."""


class RomError(FramewireError):
    """The ROM is missing, empty, or not the one that game.toml names."""


class CoreError(FramewireError):
    """No emulator core was found, or the one found cannot be loaded."""


class EmulatorError(FramewireError):
    """An emulator in another program is gone, does not answer in time, or says what we do not understand."""


class StateError(FramewireError):
    """A savestate does not belong to this core and ROM."""


class WireError(FramewireError):
    """Bytes are no payload of ours."""


class VersionError(WireError):
    """A payload has a version that this program does not read.

    Attributes:
        payload: The payload's tag.
        seen: Its version.
        known: The version that this program reads.
    """

    def __init__(self, payload: str, seen: object, known: int) -> None:
        self.payload, self.seen, self.known = payload, seen, known
        super().__init__(
            f"payload {payload!r} has version {seen}, this program reads version {known}: upgrade the older side"
        )


class BusError(FramewireError):
    """No NATS server answers, or it went away."""


class ControlError(FramewireError):
    """The bridge refused a control request."""


class SessionError(FramewireError):
    """A recorded session is missing, already taken, or damaged."""
