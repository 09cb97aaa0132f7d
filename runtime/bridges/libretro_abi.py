"""The parts of libretro's C interface that the host uses. Source: libretro-common/include/libretro.h, API version 1."""

import ctypes as c

API_VERSION = 1

# enum retro_pixel_format
PIXEL_FORMATS = {0: "0rgb1555", 1: "xrgb8888", 2: "rgb565"}

# RETRO_DEVICE_ID_JOYPAD_*
JOYPAD_IDS = {
    button: number
    for number, button in enumerate(
        ("B", "Y", "SELECT", "START", "UP", "DOWN", "LEFT", "RIGHT", "A", "X", "L", "R"),
    )
}
JOYPAD_MASK = 256
DEVICE_JOYPAD = 1

MEMORY_SYSTEM_RAM = 2

# RETRO_ENVIRONMENT_*; the high bit marks an experimental call.
ENV_GET_CAN_DUPE = 3
ENV_GET_SYSTEM_DIRECTORY = 9
ENV_SET_PIXEL_FORMAT = 10
ENV_GET_VARIABLE = 15
ENV_SET_VARIABLES = 16
ENV_GET_VARIABLE_UPDATE = 17
ENV_GET_LOG_INTERFACE = 27
ENV_GET_SAVE_DIRECTORY = 31
ENV_SET_MEMORY_MAPS = 36 | 0x10000
ENV_GET_INPUT_BITMASKS = 51 | 0x10000

ENVIRONMENT = c.CFUNCTYPE(c.c_bool, c.c_uint, c.c_void_p)
VIDEO = c.CFUNCTYPE(None, c.c_void_p, c.c_uint, c.c_uint, c.c_size_t)
AUDIO = c.CFUNCTYPE(None, c.c_int16, c.c_int16)
AUDIO_BATCH = c.CFUNCTYPE(c.c_size_t, c.c_void_p, c.c_size_t)
INPUT_POLL = c.CFUNCTYPE(None)
INPUT_STATE = c.CFUNCTYPE(c.c_int16, c.c_uint, c.c_uint, c.c_uint, c.c_uint)
# The real callback takes varargs; reading the fixed part alone is safe in the C calling conventions we run on.
LOG = c.CFUNCTYPE(None, c.c_int, c.c_char_p)


class SystemInfo(c.Structure):
    """struct retro_system_info."""

    _fields_ = (
        ("library_name", c.c_char_p),
        ("library_version", c.c_char_p),
        ("valid_extensions", c.c_char_p),
        ("need_fullpath", c.c_bool),
        ("block_extract", c.c_bool),
    )


class GameInfo(c.Structure):
    """struct retro_game_info."""

    _fields_ = (("path", c.c_char_p), ("data", c.c_void_p), ("size", c.c_size_t), ("meta", c.c_char_p))


class AvInfo(c.Structure):
    """struct retro_system_av_info: geometry, then timing."""

    _fields_ = (
        ("base_width", c.c_uint),
        ("base_height", c.c_uint),
        ("max_width", c.c_uint),
        ("max_height", c.c_uint),
        ("aspect_ratio", c.c_float),
        ("fps", c.c_double),
        ("sample_rate", c.c_double),
    )


class MemoryDescriptor(c.Structure):
    """struct retro_memory_descriptor."""

    _fields_ = (
        ("flags", c.c_uint64),
        ("ptr", c.c_void_p),
        ("offset", c.c_size_t),
        ("start", c.c_size_t),
        ("select", c.c_size_t),
        ("disconnect", c.c_size_t),
        ("len", c.c_size_t),
        ("addrspace", c.c_char_p),
    )


class MemoryMap(c.Structure):
    """struct retro_memory_map."""

    _fields_ = (("descriptors", c.POINTER(MemoryDescriptor)), ("num_descriptors", c.c_uint))


class Variable(c.Structure):
    """`retro_variable`: an option of the core and, of its values, "What it is; default|other|…"."""

    _fields_ = (("key", c.c_char_p), ("value", c.c_char_p))


class LogInterface(c.Structure):
    """struct retro_log_callback."""

    _fields_ = (("log", LOG),)


#: Every function the host calls, with result and arguments.
FUNCTIONS: dict[str, tuple[object, tuple[object, ...]]] = {
    "retro_api_version": (c.c_uint, ()),
    "retro_init": (None, ()),
    "retro_deinit": (None, ()),
    "retro_get_system_info": (None, (c.POINTER(SystemInfo),)),
    "retro_get_system_av_info": (None, (c.POINTER(AvInfo),)),
    "retro_set_environment": (None, (ENVIRONMENT,)),
    "retro_set_video_refresh": (None, (VIDEO,)),
    "retro_set_audio_sample": (None, (AUDIO,)),
    "retro_set_audio_sample_batch": (None, (AUDIO_BATCH,)),
    "retro_set_input_poll": (None, (INPUT_POLL,)),
    "retro_set_input_state": (None, (INPUT_STATE,)),
    "retro_load_game": (c.c_bool, (c.POINTER(GameInfo),)),
    "retro_unload_game": (None, ()),
    "retro_run": (None, ()),
    "retro_reset": (None, ()),
    "retro_serialize_size": (c.c_size_t, ()),
    "retro_serialize": (c.c_bool, (c.c_void_p, c.c_size_t)),
    "retro_unserialize": (c.c_bool, (c.c_void_p, c.c_size_t)),
    "retro_get_memory_data": (c.c_void_p, (c.c_uint,)),
    "retro_get_memory_size": (c.c_size_t, (c.c_uint,)),
}
