"""placeholder"""


class BusEnv:
    pass
