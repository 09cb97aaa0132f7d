"""Images of rows as PNG files, encoded on all cores, once for equal pixels."""

import os
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor

from streams.datasets import png
from streams.datasets.rows import Row

#: Encoded images kept for frames that come again; games stand still for a third of their time.
_KEPT_IMAGES = 1024


class PngPool:
    """Encodes in threads; whoever asks bounds the number of images that wait."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="png")
        self._images: OrderedDict[tuple[str, int], Future[bytes]] = OrderedDict()

    def image(self, row: Row) -> Future[bytes]:
        """Return the row's frame as a PNG, RGB."""
        key = (row.pixel_format, row.pixels_hash)
        found = self._images.get(key)
        if found is None:
            found = self._images[key] = self._threads.submit(png.encode, row.raw, row.pixel_format)
            if len(self._images) > _KEPT_IMAGES:
                self._images.popitem(last=False)
        else:
            self._images.move_to_end(key)
        return found

    def close(self) -> None:
        """Stop the threads; images that nobody waits for any more are not encoded."""
        self._threads.shutdown(cancel_futures=True)
